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

/** What errors that users meet are in plain words; the rest is the server's own. */
const IN_WORDS = {
  network: 'The server cannot be reached. Are you online?',
  signer_missing: 'No signer was found in this browser. An extension that speaks NIP-07 brings one.',
  signer_refused: 'The signer did not sign. Nothing was sent.',
  signer_wrong_account: 'The signer used another account than the one that was signed in.',
  challenge_expired: 'Signing took too long, and the challenge has ended. Please sign in again.',
  challenge_used: 'This challenge was used before. Please sign in again.',
  insecure_context: 'Keys can be made on pages of https or localhost only.',
  token_expired: 'You were away for long and are signed out. Please sign in again.',
  token_revoked: 'This login was ended. Please sign in again.',
  identity_blocked: 'The operator has blocked this key.',
}

/** @param {any} error */
export function showTrouble(error) {
  const words = IN_WORDS[/** @type {keyof typeof IN_WORDS} */ (error.code)] ?? error.message
  const trace = error.traceId === undefined ? '' : ` (trace ${error.traceId})`
  say('trouble-text', `${words}${error.code === undefined ? '' : ` [${error.code}]`}${trace}`)
  show('trouble', true)
}

export const hideTrouble = () => show('trouble', false)

/** @param {string} text */
export const showNews = text => say('news', text)

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
  if (locked) return 'The operator has fixed your tier.'
  if (next === null) return 'There is none above yours.'
  return next.sats === null ? `${next.tier}, after ${next.payments} payments` : `${next.tier}, after ${next.sats.toLocaleString()} sats of paid work`
}

/** @param {import('../nostr-answers.js').Trust} trust */
const until = ({ demotes_at: end }) =>
  end === null ? 'Absence does not cost it.' : `Without any work it is kept until ${day(new Date(end))}.`

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
 * @param {(id: string) => void} cancel
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
    button.addEventListener('click', () => cancel(job.id))
    shown.append(button)
  }
  const before = byId(id)
  if (before === null) byId('jobs').prepend(shown)
  else before.replaceWith(shown)
}

export const forgetJobs = () => byId('jobs').replaceChildren()

/** @param {import('../nostr-answers.js').Job} job */
function ending(job) {
  if (job.state === 'queued') return [element('span', { class: 'quiet' }, ['It waits for a worker.'])]
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
