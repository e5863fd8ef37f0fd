// The operations of the server that the scripts use. Each returns what it answered, or null where it did not answer as
// documented; that is a failed check then, and the caller goes no further.

import { check } from 'k6'
import http from 'k6/http'
import { Counter } from 'k6/metrics'
import { baseUrl } from './settings.js'

/** @typedef {{id: string, state: string, trust_tier: string}} Job */
/** @typedef {Job & {fence: number}} ClaimedJob */
/** @typedef {{name: string, token?: string, etag?: string, body?: object, also?: number}} Call */

// Counted separately: a 503 of an overloaded server is not an error.
const refused = new Counter('refused_requests')

/** @returns {{event_template: import('./load-keys.js').Template} | null} */
export function challenge() {
  return answer(send('POST', '/api/identity/challenge', 200, { name: 'challenge', body: {} }))
}

/**
 * @param {object} event
 * @returns {{nostr_token: string, expires_at: string, pubkey: string} | null}
 */
export function verify(event) {
  return answer(send('POST', '/api/identity/verify', 200, { name: 'verify', body: { event } }))
}

/**
 * @param {string} token
 * @returns {{pubkey: string, trust_tier: string} | null}
 */
export function me(token) {
  return answer(send('GET', '/api/identity/me', 200, { name: 'me', token }))
}

/**
 * @param {string} token
 * @returns {{pubkey: string, trust_tier: string} | null}
 */
export function trust(token) {
  return answer(send('GET', '/api/trust/me', 200, { name: 'trust', token }))
}

/**
 * @param {string} token
 * @returns {Job | null}
 */
export function order(token) {
  const body = { request: { prompt: 'load' } }
  return answer(send('POST', '/api/jobs', 201, { name: 'order', token, body }))
}

/**
 * The oldest jobs that wait for a worker.
 * @param {string} workerToken
 * @returns {{jobs: Job[]} | null}
 */
export function queued(workerToken) {
  return answer(send('GET', '/api/jobs?limit=100', 200, { name: 'queued', token: workerToken }))
}

/**
 * Null, too, where another worker was faster, which is no failure.
 * @param {string} workerToken
 * @param {string} id
 * @returns {ClaimedJob | null}
 */
export function claim(workerToken, id) {
  const call = { name: 'claim', token: workerToken, body: {}, also: 409 }
  const response = send('POST', `/api/jobs/${id}/claim`, 200, call)
  return response?.status === 409 ? null : answer(response)
}

/**
 * @param {string} workerToken
 * @param {ClaimedJob} job
 * @param {number} sats
 * @returns {Job | null}
 */
export function complete(workerToken, job, sats) {
  const body = { fence: job.fence, sats_cost: sats, result: { text: 'done' } }
  return answer(send('POST', `/api/jobs/${job.id}/complete`, 200, { name: 'complete', token: workerToken, body }))
}

/**
 * The response to a poll: 304 is valid only if the client sent an entity tag.
 * @param {string} id
 * @param {string} [etag] of the answer that is known already
 */
export function poll(id, etag) {
  return send('GET', `/api/jobs/${id}`, 200, { name: 'poll', etag, also: etag ? 304 : undefined })
}

/**
 * @param {import('k6/http').RefinedResponse<'text'> | null} response
 * @returns {any}
 */
export function answer(response) {
  return response === null ? null : response.json()
}

/**
 * @param {'GET' | 'POST'} method
 * @param {string} path
 * @param {number} status
 * @param {Call} call
 */
function send(method, path, status, call) {
  const expected = call.also === undefined ? [status] : [status, call.also]
  const response = http.request(method, baseUrl + path, call.body ? JSON.stringify(call.body) : null, {
    headers: headers(call),
    tags: { name: call.name },
    responseType: 'text',
    responseCallback: http.expectedStatuses(...expected),
    // The server gives up on a request after ten seconds by default: it should be heard saying so.
    timeout: '15s'
  })
  if (response.status === 503) {
    refused.add(1, { name: call.name })
  }
  const right = check(response, { [`${call.name}: ${expected.join(' or ')}`]: it => expected.includes(it.status) })
  return right ? response : null
}

/** @param {Call} call */
function headers(call) {
  return {
    ...(call.body && { 'Content-Type': 'application/json' }),
    ...(call.token && { Authorization: `Bearer ${call.token}` }),
    ...(call.etag && { 'If-None-Match': call.etag })
  }
}
