// Jobs from order to tier: a user orders, a worker claims and completes, the user polls until it succeeded and asks how
// far the own trust has come. RATE of them a second.

import { check, sleep } from 'k6'
import { Trend } from 'k6/metrics'
import * as api from './lib/api.js'
import { ownToken } from './lib/login.js'
import { arrivals, defaults, thresholds } from './lib/options.js'
import { number, workerToken } from './lib/settings.js'

const POLLS = 20
const TIERS = ['anonymous', 'new', 'established', 'trusted', 'elite']

// From the order to the poll that shows the job as succeeded.
const jobDuration = new Trend('job_duration', true)
const worker = workerToken()

/** @type {import('k6/options').Options} */
export const options = {
  ...defaults,
  scenarios: { jobs: arrivals('job', number('RATE', 50, 4)) },
  thresholds: thresholds(['order', 'claim', 'complete', 'poll', 'trust'])
}

export function job() {
  const token = ownToken()
  const begun = Date.now()
  const ordered = token && api.order(token)
  if (!ordered) {
    return
  }
  work(ordered.id)
  const succeeded = awaitSuccess(ordered.id)
  check(succeeded, { 'the job succeeded': it => it })
  jobDuration.add(Date.now() - begun)
  const trust = api.trust(token)
  check(trust, { 'the tier is one of the five': it => it !== null && TIERS.includes(it.trust_tier) })
}

/** @param {string} id */
function work(id) {
  const claimed = api.claim(worker, id)
  if (claimed) {
    api.complete(worker, claimed, 21)
  }
}

/** @param {string} id */
function awaitSuccess(id) {
  for (let i = 0; i < POLLS; i++) {
    /** @type {api.Job | null} */
    const seen = api.answer(api.poll(id))
    if (seen?.state === 'succeeded') {
      return true
    }
    sleep(0.1)
  }
  return false
}
