// One call to the server: what it answers, or a TrustError that says what is wrong.

/** What a caller can do about an error is decided by its `code`. */
export class TrustError extends Error {
  /**
   * @param {string} code the server's own (the contract lists them), or one of ours: `network` (nothing came back),
   *   `signer_missing`, `signer_refused`, `signer_silent`, `signer_invalid`, `signer_changed_event`, `signer_wrong_account`,
   *   `insecure_context`, `not_signed_in`; or `http_` and the status where something between us and the server has answered
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
 * @typedef {{field: string, message: string}} Violation
 *
 * @typedef {object} Call
 * @property {string} [method] `GET` unless there is a body
 * @property {unknown} [body] sent as JSON
 * @property {string} [token]
 * @property {string} [idempotencyKey] makes it safe to send the call again; this is done, a few times, where it is of use
 * @property {number} [timeout] how long the answer may take, in milliseconds
 * @property {AbortSignal} [signal]
 */

const ATTEMPTS = 4
const FIRST_PAUSE = 500
const LONGEST_PAUSE = 10_000
const TIMEOUT = 15_000

/** Refusals that say nothing of the request itself; a proxy before the server has but the status. */
const PASSING = ['network', 'overloaded', 'database_unavailable', 'idempotency_in_flight', 'rate_limited']
const PASSING_STATUS = [502, 503, 504]

/** Codes of refusals that mean that a token is good for nothing any more. */
export const ENDED = ['invalid_token', 'token_expired', 'token_revoked', 'token_reused', 'identity_blocked']

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
      const wait = error instanceof TrustError ? (error.retryAfter ?? 0) * 1000 : 0
      if (!repeatable || attempt === ATTEMPTS || !isPassing(error) || wait > LONGEST_PAUSE) throw error
      await pause(attempt, call.signal, wait)
    }
  }
}

/** Whether another attempt may fare better. @param {unknown} error @returns {error is TrustError} */
export const isPassing = error =>
  error instanceof TrustError && (PASSING.includes(error.code) || PASSING_STATUS.includes(error.status))

/**
 * Waits, longer from attempt to attempt.
 *
 * @param {number} attempt from 1
 * @param {AbortSignal} [signal]
 * @param {number} [least] how long it has to be, in milliseconds
 */
export function pause(attempt, signal, least = 0) {
  const time = Math.max(least, Math.min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE))
  return new Promise((resolve, reject) => {
    const over = () => reject(signal?.reason)
    if (signal?.aborted) return over()
    signal?.addEventListener('abort', over, { once: true })
    // Not all at the same moment.
    setTimeout(() => {
      signal?.removeEventListener('abort', over)
      resolve(undefined)
    }, time * (1 + Math.random() / 4))
  })
}

/** @param {string} url @param {Call} call */
async function sendOnce(url, { method, body, token, idempotencyKey, timeout = TIMEOUT, signal }) {
  /** @type {Record<string, string>} */
  const headers = { Accept: 'application/json' }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  if (token !== undefined) headers.Authorization = `Bearer ${token}`
  if (idempotencyKey !== undefined) headers['Idempotency-Key'] = idempotencyKey
  signal?.throwIfAborted()
  const end = new AbortController()
  const giveUp = () => end.abort()
  const timer = setTimeout(giveUp, timeout)
  signal?.addEventListener('abort', giveUp, { once: true })
  try {
    const response = await fetch(url, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error', // What is sent is for this server and no other.
      referrerPolicy: 'no-referrer',
      signal: end.signal,
    })
    return outcome(response, await response.text())
  } catch (cause) {
    if (cause instanceof TrustError) throw cause
    signal?.throwIfAborted()
    throw new TrustError('network', 'The server could not be reached.', { cause })
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', giveUp)
  }
}

/** @param {Response} response @param {string} text */
function outcome(response, text) {
  let answer
  try {
    answer = text === '' ? null : JSON.parse(text)
  } catch {
    // Something between us and the server has answered.
    answer = undefined
  }
  if (response.ok && answer !== undefined) return answer
  const wait = Number(response.headers.get('Retry-After') ?? NaN)
  throw new TrustError(answer?.code ?? `http_${response.status}`, answer?.detail ?? 'The request was refused.', {
    status: response.status,
    traceId: answer?.trace_id ?? response.headers.get('X-Trace-Id') ?? undefined,
    retryAfter: Number.isFinite(wait) ? wait : undefined,
    violations: answer?.violations,
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
