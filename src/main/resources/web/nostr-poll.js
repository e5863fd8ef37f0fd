// Waits for the end of a job, by polls that the server holds until something happens.

import { isPassing, pause, send } from './nostr-calls.js'

/** @typedef {import('./nostr-answers.js').Job} Job */

/** The states that a job does not leave. */
const FINAL = ['succeeded', 'failed', 'cancelled', 'expired']

/** How long the server is asked to hold a poll, in seconds; and how long its answer may take, in milliseconds. */
const WAIT = 25
const PATIENCE = 35_000

/** An answer that is the same and comes sooner than this was not waited for: the server is full, in milliseconds. */
const TOO_SOON = 1_000

/**
 * The job when it is over.
 *
 * @param {string} url of the job
 * @param {{signal?: AbortSignal, onChange?: (job: Job) => void}} options
 * @returns {Promise<Job>}
 */
export async function finished(url, { signal, onChange }) {
  let job = /** @type {Job | null} */ (null)
  for (let failures = 0; ; ) {
    const begin = Date.now()
    try {
      const now = /** @type {Job} */ (
        await send(job === null ? url : `${url}?wait=${WAIT}`, { signal, patience: PATIENCE })
      )
      const isNews = now.state !== job?.state
      job = now
      if (isNews) onChange?.(job)
      if (FINAL.includes(job.state)) return job
      failures = isNews || Date.now() - begin > TOO_SOON ? 0 : failures + 1
      if (failures > 0) await pause(failures, signal)
    } catch (error) {
      if (!isPassing(error)) throw error
      await pause(++failures, signal, (error.retryAfter ?? 0) * 1000)
    }
  }
}
