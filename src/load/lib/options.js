// Executors and thresholds, the same for all scripts.

import { duration, number, smoke } from './settings.js'

/** How long the load lasts, without ramps. */
export const runs = duration('DURATION', '5m', '2s')

/**
 * A function that starts at a fixed rate per second, however long it takes.
 * @param {string} exec
 * @param {number} rate
 * @returns {import('k6/options').ConstantArrivalRateScenario}
 */
export function arrivals(exec, rate) {
  return { executor: 'constant-arrival-rate', exec, rate, timeUnit: '1s', duration: runs, ...users(rate) }
}

/**
 * Enough virtual users for answers that take a second on average; with more than five times as many running, what is
 * due is dropped, and counted as dropped_iterations.
 * @param {number} rate
 */
export function users(rate) {
  return { preAllocatedVUs: Math.ceil(rate), maxVUs: Math.ceil(5 * rate) }
}

/**
 * What a run has to hold to. Latencies, in milliseconds, of all requests and of each operation by itself: P95_MS and P99_MS. A
 * smoke run wants every check and request to be right, and is lenient with a machine that has other things to do.
 * @param {string[]} operations
 */
export function thresholds(operations) {
  const latency = [`p(95)<${number('P95_MS', 250, 10_000)}`, `p(99)<${number('P99_MS', 1000, 15_000)}`]
  const each = operations.map(name => [`http_req_duration{name:${name}}`, latency])
  return {
    checks: [smoke ? 'rate==1' : 'rate>0.999'],
    http_req_failed: [smoke ? 'rate==0' : `rate<${number('ERROR_RATE', 0.001, 0.001)}`],
    http_req_duration: latency,
    ...Object.fromEntries(each)
  }
}

/** @type {import('k6/options').Options} */
export const defaults = {
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
  userAgent: 'nostr-trust-load',
  setupTimeout: '5m'
}
