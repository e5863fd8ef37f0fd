// What the page shows. It decides nothing.

import { drawCurve } from './curve.js'

/** @param {string} id @returns {any} */
export const byId = id => document.getElementById(id)

/** @param {string} id @param {boolean} shown */
export const show = (id, shown) => void (byId(id).hidden = !shown)

/** @param {string} id @param {string} text */
const say = (id, text) => {
  // Screen readers read out what changes.
  if (byId(id).textContent !== text) byId(id).textContent = text
}

/** When it makes sense to try again. @param {any} error */
const again = ({ retryAfter: wait }) =>
  wait === undefined ? 'Try again in a moment.' : `Try again in ${wait} second${wait === 1 ? '' : 's'}.`

/** @param {any} error */
const busy = error => `The server is busy. ${again(error)}`

/** What errors are in the words of users; all others have the words of the server, or of the client. @type {Record<string, (error: any) => string>} */
const IN_WORDS = {
  network: () => navigator.onLine ? 'The server does not answer. Try again in a moment.' : 'You are offline. Try again when you are online.',
  overloaded: busy,
  http_502: busy,
  http_503: busy,
  http_504: busy,
  database_unavailable: error => `The server cannot reach its database at the moment. ${again(error)}`,
  rate_limited: error => `You have sent too many requests. ${again(error)}`,
  internal_error: () => 'The server failed. Send the trace number to its operator.',
  signer_missing: () => 'This browser has no Nostr signer. Install a browser extension that supports NIP-07, or use a throwaway key.',
  challenge_expired: () => 'Signing took too long. Sign in again.',
  challenge_used: () => 'This challenge was already used. Sign in again.',
  invalid_signature: () => 'The signature does not match the key. Try another signer.',
  insecure_context: () => 'Throwaway keys need a page of https or localhost.',
  not_signed_in: () => 'You are signed out. Sign in again.',
  invalid_token: () => 'The server no longer accepts this login. Sign in again.',
  token_not_yet_valid: () => 'The clocks of the servers differ. Try again in a moment, or tell the operator.',
  token_expired: () => 'Your login has expired. Sign in again.',
  token_revoked: () => 'This login was ended. Sign in again.',
  token_reused: () => 'The server has ended this login, because it was used in two places. Your token may have been stolen. Sign in again.',
  identity_blocked: () => 'The operator has blocked this key.',
  job_already_finished: () => 'The job has already ended.',
  job_not_found: () => 'The job no longer exists.',
  invalid_request: error => `${error.message} ${error.violations.map(inWords).join(' ')}`,
}

/** @param {import('../nostr-calls.js').Violation} violation */
const inWords = ({ field, message }) => (field === '' ? message : `${field}: ${message}`)

/** @param {any} error */
export function showTrouble(error) {
  const words = IN_WORDS[error.code]?.(error) ?? error.message
  const trace = error.traceId === undefined ? '' : ` (trace ${error.traceId})`
  say('trouble-text', `${words}${error.code === undefined ? '' : ` [${error.code}]`}${trace}`)
  show('trouble', true)
}

export const hideTrouble = () => show('trouble', false)

/** @param {string} text */
export const showNews = text => say('news', text)

/** Shows that a signer is at work, and takes no other orders for it meanwhile. @param {boolean} thinks */
export function showThinking(thinks) {
  byId('news').className = thinks ? 'quiet busy' : 'quiet'
  show('waiting', thinks)
  for (const id of ['sign-in', 'try-it', 'erase']) byId(id).disabled = thinks
}

/**
 * Asks the user.
 *
 * @param {{title: string, text: string[], yes: string, no: string}} question
 * @returns {Promise<boolean>} whether the answer is yes
 */
export function ask({ title, text, yes, no }) {
  const dialog = byId('question')
  if (dialog.open) return Promise.resolve(false)
  say('question-title', title)
  byId('question-text').replaceChildren(...text.map(it => element('p', {}, [it])))
  say('question-yes', yes)
  say('question-no', no)
  dialog.returnValue = ''
  dialog.showModal()
  return new Promise(resolve => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true })
  })
}

/** @param {import('../nostr-token.js').Identity | null} identity @param {boolean} throwaway */
export function showIdentity(identity, throwaway) {
  show('welcome', identity === null)
  show('signed-in', identity !== null)
  show('throwaway', throwaway)
  show('forget', throwaway)
  if (identity === null) return
  showTier(identity.trust_tier, identity.trust_score)
  say('npub', identity.npub)
}

/** @param {string} tier @param {number} score */
function showTier(tier, score) {
  say('badge', tier)
  byId('badge').className = `badge ${tier}`
  say('score', score.toFixed(1))
}

/**
 * @param {import('../nostr-answers.js').TrustPolicy} policy
 * @param {import('../nostr-answers.js').Trust} trust
 * @param {import('../nostr-answers.js').Entry[]} entries the newest first
 */
export function showTrust(policy, trust, entries) {
  showTier(trust.trust_tier, trust.trust_score)
  say('next', next(trust))
  say('until', until(trust))
  drawCurve(byId('curve'), policy, trust, entries)
  show('moves', entries.length > 0)
  show('no-moves', entries.length === 0)
  byId('moves-rows').replaceChildren(...entries.map(row))
}

/** @param {import('../nostr-answers.js').Trust} trust */
function next({ next_tier: next, tier_locked: locked }) {
  if (locked) return 'The operator has locked your tier.'
  if (next === null) return 'You have the highest tier.'
  return next.sats === null ? `${next.tier}, after ${next.payments} payments` : `${next.tier}, after ${next.sats.toLocaleString()} sats of paid work`
}

/** @param {import('../nostr-answers.js').Trust} trust */
const until = ({ demotes_at: end }) =>
  end === null ? 'It is kept without new work.' : `Without new work it is kept until ${day(new Date(end))}.`

/** @param {import('../nostr-answers.js').Entry} entry */
function row(entry) {
  const change = entry.score_after - entry.score_before
  return element('tr', {}, [
    element('td', {}, [element('time', { datetime: entry.occurred_at }, [moment(entry.occurred_at)])]),
    element('td', {}, [entry.cause.replaceAll('_', ' ')]),
    element('td', { class: 'number' }, [entry.sats.toLocaleString()]),
    element('td', { class: 'number' }, [`${entry.score_after.toFixed(1)} (${change < 0 ? '−' : '+'}${Math.abs(change).toFixed(1)})`]),
    element('td', {}, [entry.tier_after]),
  ])
}

/**
 * Shows a job, in the place that it has already or at the top.
 *
 * @param {import('../nostr-answers.js').Job} job
 * @param {(job: import('../nostr-answers.js').Job) => void} cancel
 */
export function showJob(job, cancel) {
  const id = `job-${job.id}`
  const shown = element('li', { id, class: job.state }, [
    element('strong', {}, [job.state]),
    ' ',
    element('time', { datetime: job.created_at }, [moment(job.created_at)]),
    element('code', { class: 'request' }, [JSON.stringify(job.request)]),
    ...ending(job),
    element('code', { class: 'quiet' }, [job.id]),
  ])
  if (['queued', 'running'].includes(job.state)) {
    const button = element('button', { type: 'button', 'aria-label': `Cancel the job of ${moment(job.created_at)}` }, ['Cancel'])
    button.addEventListener('click', () => cancel(job))
    shown.append(button)
  }
  const before = byId(id)
  if (before === null) byId('jobs').prepend(shown)
  else before.replaceWith(shown)
}

export const forgetJobs = () => byId('jobs').replaceChildren()

/** @param {import('../nostr-answers.js').Job} job */
function ending(job) {
  if (job.state === 'queued') return [element('span', { class: 'quiet' }, ['Waiting for a worker.'])]
  if (job.state === 'succeeded') {
    return [element('span', {}, [`${(job.sats_cost ?? 0).toLocaleString()} sats`]), element('code', {}, [JSON.stringify(job.result)])]
  }
  return job.reason === null ? [] : [element('span', {}, [job.reason.replaceAll('_', ' ')])]
}

/** @param {Date} time */
export const day = time => time.toLocaleDateString(undefined, { dateStyle: 'long' })

/** @param {string} time */
const moment = time => new Date(time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/** @param {string} name @param {Record<string, string>} attributes @param {(Node | string)[]} content */
function element(name, attributes, content) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.append(...content)
  return made
}
