// Waits for the ends of jobs, of all of them in one request at a time: browsers open six connections to a server at most.

import { TrustError, isPassing, pause, send } from './nostr-calls.js'

/**
 * @typedef {import('./nostr-answers.js').Job} Job
 *
 * @typedef {object} Waiter
 * @property {(job: Job) => void} resolve
 * @property {(error: unknown) => void} reject
 * @property {((job: Job) => void) | undefined} onChange
 *
 * @typedef {{job: Job | null, waiters: Set<Waiter>}} Watched
 */

/** The states that a job does not leave. */
const FINAL = ['succeeded', 'failed', 'cancelled', 'expired']

/** How long the server is asked to hold a poll, in seconds; and how long its answer may take, in milliseconds. */
const WAIT = 25
const TIMEOUT = 35_000

/** How many jobs the server takes in one request. With more of them, each request is held for a second. */
const MOST = 100
const WAIT_OF_PART = 1

/** An answer without news that comes sooner than this was not waited for: the server is full, in milliseconds. */
const TOO_SOON = 500

/** What is added within this time goes into one request, in milliseconds. */
const TOGETHER = 20

/** How often a page looks that nobody sees, in milliseconds. It keeps no connection: all tabs share the six. */
const HIDDEN_EVERY = 10_000

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const notFound = () => new TrustError('job_not_found', 'There is no such job.')

/** Refusals of servers before this request was known. */
const UNKNOWN = ['not_found', 'method_not_allowed', 'http_404', 'http_405']

/** @type {Map<string, JobWatch>} */
const watches = new Map()

/** The one watch of a page over jobs at a server. @param {string} base of the server */
export function watchOf(base) {
  const watch = watches.get(base) ?? new JobWatch(base)
  watches.set(base, watch)
  return watch
}

/** Whatever is waited for at one server. The client names the states that it knows, and so misses nothing between two requests. */
class JobWatch {
  /** @type {Map<string, Watched>} */
  #watched = new Map()
  #base
  #turn = 0
  #isRunning = false
  #interrupt = new AbortController()
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #soon

  /** @param {string} base */
  constructor(base) {
    this.#base = base
    globalThis.document?.addEventListener('visibilitychange', () => this.#again())
  }

  /**
   * The job when it is over.
   *
   * @param {string} id
   * @param {{signal?: AbortSignal, onChange?: (job: Job) => void}} options
   * @returns {Promise<Job>}
   */
  finished(id, { signal, onChange }) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      id = id.toLowerCase()
      // One bad id would have the request refused for all others.
      if (!UUID.test(id)) return reject(notFound())
      const watched = this.#watched.get(id) ?? { job: null, waiters: new Set() }
      this.#watched.set(id, watched)
      const leave = () => {
        watched.waiters.delete(waiter)
        if (watched.waiters.size === 0 && this.#watched.get(id) === watched) this.#watched.delete(id)
        this.#again()
        reject(signal?.reason)
      }
      const stay = () => signal?.removeEventListener('abort', leave)
      /** @type {Waiter} */
      const waiter = {
        resolve: job => (stay(), resolve(job)),
        reject: error => (stay(), reject(error)),
        onChange,
      }
      signal?.addEventListener('abort', leave, { once: true })
      watched.waiters.add(waiter)
      if (watched.job !== null) onChange?.(watched.job)
      else this.#again()
      void this.#run()
    })
  }

  /** Begins a new request soon, in place of the one that waits. */
  #again() {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined
      this.#interrupt.abort()
    }, TOGETHER)
  }

  async #run() {
    if (this.#isRunning) return
    this.#isRunning = true
    for (let failures = 0; this.#watched.size > 0; ) {
      const { signal } = (this.#interrupt = new AbortController())
      const begin = Date.now()
      try {
        if (this.#soon !== undefined) await pause(1, signal)
        const isNews = await this.#look(signal)
        failures = isNews || Date.now() - begin > TOO_SOON ? 0 : failures + 1
        if (globalThis.document?.hidden) await pause(1, signal, HIDDEN_EVERY)
        else if (failures > 0) await pause(failures, signal)
      } catch (error) {
        if (signal.aborted) continue
        if (!isTransient(error)) this.#fail(error)
        else await pause(++failures, signal, (error.retryAfter ?? 0) * 1000).catch(() => {})
      }
    }
    this.#isRunning = false
  }

  /** Asks once, and hands on what is new. @param {AbortSignal} signal @returns {Promise<boolean>} whether anything is */
  async #look(signal) {
    const ids = [...this.#watched.keys()]
    const isPart = ids.length > MOST
    const begin = this.#turn < ids.length ? this.#turn : 0
    const part = ids.slice(begin, begin + MOST)
    this.#turn = begin + MOST
    const known = Object.fromEntries(part.map(id => [id, this.#watched.get(id)?.job?.state ?? null]))
    const wait = globalThis.document?.hidden ? 0 : isPart ? WAIT_OF_PART : WAIT
    const { jobs, missing } = await this.#changes(known, wait, signal)
    for (const id of missing) this.#forget(id)?.forEach(it => it.reject(notFound()))
    for (const job of jobs) this.#tell(job)
    return jobs.length + missing.length > 0
  }

  /** @param {Record<string, string | null>} known @param {number} wait @param {AbortSignal} signal */
  async #changes(known, wait, signal) {
    const url = `${this.#base}/api/jobs/changes${wait === 0 ? '' : `?wait=${wait}`}`
    /** @type {{jobs: Job[], missing: string[]}} */
    let changes
    try {
      changes = await send(url, { body: { jobs: known }, signal, timeout: TIMEOUT })
    } catch (error) {
      if (!(error instanceof TrustError) || !UNKNOWN.includes(error.code)) throw error
      return this.#oneByOne(known, signal)
    }
    // An answer with several jobs has no large results. Each is fetched after the others are told.
    const cut = changes.jobs.filter(job => job.result === null && job.result_bytes !== null)
    if (cut.length === 0) return changes
    const small = changes.jobs.filter(job => !cut.includes(job))
    return small.length > 0 ? { jobs: small, missing: changes.missing } : this.#oneByOne({ [cut[0].id]: null }, signal)
  }

  /** @param {Record<string, string | null>} known @param {AbortSignal} signal */
  async #oneByOne(known, signal) {
    /** @type {{jobs: Job[], missing: string[]}} */
    const changes = { jobs: [], missing: [] }
    for (const [id, state] of Object.entries(known)) {
      try {
        const job = await send(`${this.#base}/api/jobs/${encodeURIComponent(id)}`, { signal })
        if (job.state !== state) changes.jobs.push(job)
      } catch (error) {
        if (!(error instanceof TrustError) || error.code !== 'job_not_found') throw error
        changes.missing.push(id)
      }
    }
    return changes
  }

  /** @param {Job} job */
  #tell(job) {
    const watched = this.#watched.get(job.id)
    // Nobody waits for it any more.
    if (watched === undefined) return
    watched.job = job
    const isOver = FINAL.includes(job.state)
    if (isOver) this.#watched.delete(job.id)
    for (const waiter of [...watched.waiters]) {
      try {
        waiter.onChange?.(job)
        if (isOver) waiter.resolve(job)
      } catch (error) {
        watched.waiters.delete(waiter)
        waiter.reject(error)
      }
    }
  }

  /** @param {string} id @returns {Set<Waiter> | undefined} the calls that waited */
  #forget(id) {
    const waiters = this.#watched.get(id)?.waiters
    this.#watched.delete(id)
    return waiters
  }

  /** @param {unknown} error that waiting does not heal */
  #fail(error) {
    for (const id of [...this.#watched.keys()]) this.#forget(id)?.forEach(waiter => waiter.reject(error))
  }
}

/** Whether another attempt may succeed: a failure of the server says nothing about a job. @param {unknown} error @returns {error is TrustError} */
const isTransient = error =>
  isPassing(error) || (error instanceof TrustError && (error.status >= 500 || error.status === 408))
