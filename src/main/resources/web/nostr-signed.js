// Makes a signed event of what a signer answers, and compares it with what was to be signed.

import { TrustError } from './nostr-calls.js'
import { keyOf } from './nostr-keys.js'

/**
 * @typedef {import('./nostr-signers.js').Signer} Signer
 * @typedef {import('./nostr-signers.js').EventTemplate} EventTemplate
 * @typedef {import('./nostr-signers.js').SignedEvent} SignedEvent
 */

const SIGNATURE = /^[0-9a-f]{128}$/i

/** How deep an answer may be wrapped: a text with an object with an event. */
const MOST_WRAPPINGS = 3

/** What users know a signer by. @param {{kind: string}} signer */
export function nameOf({ kind }) {
  if (kind === 'browser') return "The browser's signer"
  if (kind === 'remote') return 'The remote signer'
  return kind === 'throwaway' ? 'The throwaway key' : `The signer “${kind}”`
}

/** @param {{kind: string}} signer @param {unknown} cause */
export const refused = (signer, cause) =>
  new TrustError('signer_refused', `${nameOf(signer)} did not sign. Nothing was sent.`, { cause })

/** @param {{kind: string}} signer @param {string} what it did */
export const invalid = (signer, what) => new TrustError('signer_invalid', `${nameOf(signer)} ${what}. Nothing was sent.`)

/**
 * The event that a signer has signed. A signature alone is completed with the template and the signer's key.
 *
 * @param {Signer} signer
 * @param {EventTemplate} template what was to be signed
 * @param {unknown} answer of the signer
 * @returns {Promise<SignedEvent>}
 * @throws {TrustError} `signer_refused`, `signer_invalid` where the answer is no signed event, `signer_changed_event` where the
 *   event is another one
 */
export async function signedBy(signer, template, answer) {
  const fields = unwrapped(signer, answer)
  const sig = fields.sig ?? fields.signature
  if (typeof sig !== 'string' || !SIGNATURE.test(sig)) throw invalid(signer, 'answered without a signature')
  const given = /** @type {Record<string, any>} */ ({ ...template, ...defined(fields) })
  const changed = difference(template, given)
  if (changed !== undefined) throw changedBy(signer, changed)
  const pubkey = keyOf(given.pubkey) ?? (await ownKey(signer))
  if (pubkey === undefined) throw invalid(signer, 'signed, but does not say with which key')
  const { kind, created_at, content, tags } = given
  const computed = await idOf({ kind, created_at, content, tags }, pubkey)
  const id = typeof given.id === 'string' ? given.id.toLowerCase() : computed
  if (id === undefined) throw invalid(signer, 'answered with a signature alone, which this page cannot complete')
  if (computed !== undefined && id !== computed) throw changedBy(signer, 'id')
  return { id, pubkey, created_at, kind, tags, content, sig: sig.toLowerCase() }
}

/** @param {Signer} signer @param {string} what is another one */
const changedBy = (signer, what) => new TrustError('signer_changed_event',
  `${nameOf(signer)} signed something else than it was asked to: its ${what} differs. Nothing was sent.`)

/** @param {Signer} signer @param {unknown} answer @param {number} [depth] @returns {Record<string, any>} */
function unwrapped(signer, answer, depth = 0) {
  if (answer === undefined || answer === null || answer === false || answer === '') throw refused(signer, answer)
  if (typeof answer === 'string') {
    const text = answer.trim()
    return SIGNATURE.test(text) ? { sig: text } : unwrapped(signer, parsed(signer, text), depth + 1)
  }
  if (typeof answer !== 'object' || Array.isArray(answer) || depth > MOST_WRAPPINGS) {
    throw invalid(signer, 'answered with something that is no signed event')
  }
  const fields = /** @type {Record<string, any>} */ (answer)
  if (fields.sig === undefined && fields.signature === undefined) {
    if (fields.error !== undefined && fields.error !== null) throw refused(signer, fields.error)
    const inner = fields.event ?? fields.result
    if (inner !== undefined) return unwrapped(signer, inner, depth + 1)
  }
  return fields
}

/** @param {Signer} signer @param {string} text */
function parsed(signer, text) {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid(signer, 'answered with a text that is no signed event')
  }
}

/** The fields of an event that an answer has. @param {Record<string, any>} fields */
function defined({ id, pubkey, kind, created_at, content, tags }) {
  return Object.fromEntries(
    Object.entries({ id, pubkey, kind, created_at, content, tags }).filter(([, value]) => value !== undefined && value !== null),
  )
}

/**
 * What differs in an event from what was to be signed; undefined where nothing does. Signers may add tags of other names, and set
 * the time by their own clock: the server judges that.
 *
 * @param {EventTemplate} template @param {Record<string, any>} event
 */
function difference(template, event) {
  const names = new Set(template.tags.map(([name]) => name))
  const tags = Array.isArray(event.tags) ? event.tags : []
  if (event.kind !== template.kind) return 'kind'
  if (event.content !== template.content) return 'content'
  if (inOrder(tags.filter(tag => names.has(tag?.[0]))) !== inOrder(template.tags)) return 'address or challenge'
  return Number.isInteger(event.created_at) ? undefined : 'time'
}

/** @param {unknown[]} tags */
const inOrder = tags => JSON.stringify(tags.map(tag => JSON.stringify(tag)).sort())

/** @param {Signer} signer */
async function ownKey(signer) {
  try {
    return keyOf(await signer.getPublicKey())
  } catch {
    return undefined
  }
}

/** The id of an event (NIP-01); undefined on pages that may not compute hashes. @param {EventTemplate} event @param {string} pubkey */
async function idOf({ kind, created_at, content, tags }, pubkey) {
  if (globalThis.crypto?.subtle === undefined) return undefined
  const text = JSON.stringify([0, pubkey, created_at, kind, tags, content])
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(hash), byte => byte.toString(16).padStart(2, '0')).join('')
}
