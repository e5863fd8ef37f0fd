// One call to the server: what it answers, or a TrustError that says what is wrong.

/** What a caller can do about an error is decided by its `code`. */
export class TrustError extends Error {
  /**
   * @param {string} code the server's own (the contract lists them), or one of ours: `network` (nothing came back),
   *   `signer_missing`, `signer_refused`, `signer_wrong_account`, `insecure_context`, `not_signed_in`
   * @param {string} detail for people to read
   * @param {{status?: number, traceId?: string, retryAfter?: number, violations?: Violation[], cause?: unknown}} [more]
   */
  constructor(code, detail, more = {}) {
    super(detail, 'cause' in more ? { cause: more.cause } : undefined)
    this.name = 'TrustError'
    this.code = code
    /** The status of the answer; 0 where there was none. */
    this.status = more.status ?? 0
    /** What the server's log knows the request by. @type {string | undefined} */
    this.traceId = more.traceId
    /** Seconds to wait before another attempt. @type {number | undefined} */
    this.retryAfter = more.retryAfter
    /** What is wrong with which field of the request. */
    this.violations = more.violations ?? []
  }
}

/**
 * @typedef {{field: string, code: string, detail: string}} Violation
 *
 * @typedef {object} Call
 * @property {string} [method] `GET` unless there is a body
 * @property {unknown} [body] sent as JSON
 * @property {string} [token]
 * @property {string} [idempotencyKey] makes it safe to send the call again; this is done, a few times, where it is of use
 * @property {AbortSignal} [signal]
 */

const ATTEMPTS = 4
const FIRST_PAUSE = 500
const LONGEST_PAUSE = 10_000

/**
 * Calls the server.
 *
 * @param {string} url
 * @param {Call} [call]
 * @returns {Promise<any>} what it answers
 * @throws {TrustError}
 */
export async function send(url, call = {}) {
  const repeatable = call.body === undefined || call.idempotencyKey !== undefined
  for (let attempt = 1; ; attempt++) {
    try {
      return await sendOnce(url, call)
    } catch (error) {
      if (!repeatable || attempt === ATTEMPTS || !isPassing(error)) throw error
      await pause(error, attempt, call.signal)
    }
  }
}

/** Whether another attempt may fare better. @param {unknown} error @returns {error is TrustError} */
export const isPassing = error =>
  error instanceof TrustError && ['network', 'overloaded', 'database_unavailable', 'idempotency_in_flight'].includes(error.code)

/**
 * Waits as long as the server asks for, or longer from attempt to attempt.
 *
 * @param {TrustError} error
 * @param {number} attempt from 1
 * @param {AbortSignal} [signal]
 */
export function pause(error, attempt, signal) {
  const time = error.retryAfter === undefined ? FIRST_PAUSE * 2 ** (attempt - 1) : error.retryAfter * 1000
  return new Promise((resolve, reject) => {
    const over = () => reject(signal?.reason)
    if (signal?.aborted) return over()
    signal?.addEventListener('abort', over, { once: true })
    // Not all at the same moment.
    setTimeout(() => {
      signal?.removeEventListener('abort', over)
      resolve(undefined)
    }, Math.min(time, LONGEST_PAUSE) * (1 + Math.random() / 4))
  })
}

/** @param {string} url @param {Call} call */
async function sendOnce(url, { method, body, token, idempotencyKey, signal }) {
  /** @type {Record<string, string>} */
  const headers = { Accept: 'application/json' }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  if (token !== undefined) headers.Authorization = `Bearer ${token}`
  if (idempotencyKey !== undefined) headers['Idempotency-Key'] = idempotencyKey
  let response, text
  try {
    response = await fetch(url, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: 'no-store',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal,
    })
    text = await response.text()
  } catch (cause) {
    if (signal?.aborted) throw signal.reason
    throw new TrustError('network', 'The server could not be reached.', { cause })
  }
  if (response.ok) return text === '' ? null : JSON.parse(text)
  throw refusal(response, text)
}

/** @param {Response} response @param {string} text */
function refusal(response, text) {
  let problem
  try {
    problem = JSON.parse(text)
  } catch {
    problem = {} // Something between us and the server has answered.
  }
  const wait = Number(response.headers.get('Retry-After') ?? NaN)
  return new TrustError(problem.code ?? `http_${response.status}`, problem.detail ?? 'The request was refused.', {
    status: response.status,
    traceId: problem.trace_id ?? response.headers.get('X-Trace-Id') ?? undefined,
    retryAfter: Number.isFinite(wait) ? wait : undefined,
    violations: problem.violations,
  })
}

/** A key that nobody guesses (122 random bits, as a UUID), in insecure contexts too. */
export function unguessable() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6] & 0x0f) | 0x40
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
