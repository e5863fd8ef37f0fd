// Many clients that each poll a job with the entity tag of what they know already, while a worker finishes the jobs one
// after the other, all of them within DURATION. RATE polls a second, by as many clients, of JOBS jobs.

import { check } from 'k6'
import exec from 'k6/execution'
import { Rate } from 'k6/metrics'
import * as api from './lib/api.js'
import { loadKey } from './lib/load-keys.js'
import { logIn } from './lib/login.js'
import { arrivals, defaults, runs, thresholds } from './lib/options.js'
import { number, workerToken } from './lib/settings.js'

const JOBS = number('JOBS', 300, 6)

// How many polls were answered with no body, because there was no news.
const notModified = new Rate('not_modified')
const worker = workerToken()

// The entity tag of what this virtual user knows of its job.
let known = ''

/** @type {import('k6/options').Options} */
export const options = {
  ...defaults,
  scenarios: {
    polls: arrivals('poll', number('RATE', 1000, 20)),
    work: { ...arrivals('work', JOBS), timeUnit: runs, preAllocatedVUs: 5, maxVUs: 50 }
  },
  thresholds: thresholds(['poll'])
}

export function setup() {
  const login = logIn(loadKey(0))
  if (!login) {
    throw new Error('The server lets nobody in')
  }
  const jobs = Array.from({ length: JOBS }, () => api.order(login.nostr_token))
  const ids = jobs.flatMap(job => job ? [job.id] : [])
  const again = api.poll(ids[0], api.poll(ids[0])?.headers.Etag)
  check(again, { 'what is known is not sent again': it => it?.status === 304 })
  return ids
}

/** @param {string[]} ids */
export function poll(ids) {
  const response = api.poll(ids[__VU % ids.length], known)
  if (!response) {
    return
  }
  notModified.add(response.status === 304)
  if (response.status === 200) {
    check(response, { 'a whole answer is news': it => it.headers.Etag !== known })
    known = response.headers.Etag
  }
}

/** @param {string[]} ids */
export function work(ids) {
  const id = ids[exec.scenario.iterationInTest]
  const claimed = id && api.claim(worker, id)
  if (claimed) {
    api.complete(worker, claimed, 21)
  }
}
