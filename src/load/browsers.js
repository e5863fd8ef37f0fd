// The mix: CONNECTIONS browsers that stay (one connection each), log in, order a job and poll it with pauses of THINK
// seconds on average; RATE newcomers a second who log in and leave; and workers who take WORK_RATE jobs a second.

import { check, sleep } from 'k6'
import exec from 'k6/execution'
import { Rate } from 'k6/metrics'
import * as api from './lib/api.js'
import { loadKey } from './lib/load-keys.js'
import { logIn, ownToken } from './lib/login.js'
import { defaults, runs, thresholds, users } from './lib/options.js'
import { duration, number, workerToken } from './lib/settings.js'

const CONNECTIONS = number('CONNECTIONS', 10_000, 20)
const RATE = number('RATE', 20, 2)
const WORK_RATE = number('WORK_RATE', 100, 5)
const THINK = number('THINK', 10, 0.2)
const RAMP = duration('RAMP', '3m', '1s')

const notModified = new Rate('not_modified')
const worker = workerToken()

// The job of this virtual user, where there is one under way, and the entity tag of what is known of it.
let id = ''
let etag = ''

/** @type {import('k6/options').Options} */
export const options = {
  ...defaults,
  scenarios: {
    browsers: {
      executor: 'ramping-vus',
      exec: 'browse',
      startVUs: 0,
      stages: [{ duration: RAMP, target: CONNECTIONS }, { duration: runs, target: CONNECTIONS }]
    },
    newcomers: ramp('arrive', RATE),
    workers: ramp('work', WORK_RATE)
  },
  thresholds: thresholds(['challenge', 'verify', 'me', 'order', 'poll', 'queued', 'claim', 'complete'])
}

export function browse() {
  const token = ownToken()
  if (token) {
    if (id) {
      look()
    } else {
      id = api.order(token)?.id || ''
    }
  }
  sleep(THINK * (0.5 + Math.random()))
}

export function arrive() {
  const key = loadKey(exec.scenario.iterationInTest)
  const token = logIn(key)?.nostr_token
  const identity = token && api.me(token)
  if (identity) {
    check(identity, { 'the token is the key\'s': it => it.pubkey === key.pubkey })
  }
}

export function work() {
  const jobs = api.queued(worker)?.jobs || []
  const chosen = jobs[Math.floor(Math.random() * jobs.length)]
  const claimed = chosen && api.claim(worker, chosen.id)
  if (claimed) {
    api.complete(worker, claimed, 21)
  }
}

function look() {
  const response = api.poll(id, etag)
  if (!response) {
    return
  }
  notModified.add(response.status === 304)
  if (response.status === 200) {
    etag = response.headers.Etag
    if (api.answer(response).state === 'succeeded') {
      id = ''
      etag = ''
    }
  }
}

/**
 * @param {string} exec
 * @param {number} rate
 * @returns {import('k6/options').Scenario}
 */
function ramp(exec, rate) {
  return {
    executor: 'ramping-arrival-rate',
    exec,
    startRate: 1,
    timeUnit: '1s',
    stages: [{ duration: RAMP, target: rate }, { duration: runs, target: rate }],
    ...users(rate)
  }
}
