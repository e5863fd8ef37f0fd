// What signs for a user: the browser's own signer (NIP-07), or one that is reached over relays (NIP-46).

import { TrustError, send } from './nostr-calls.js'

/**
 * @typedef {{kind: number, created_at: number, content: string, tags: string[][]}} EventTemplate
 * @typedef {EventTemplate & {id: string, pubkey: string, sig: string}} SignedEvent
 *
 * @typedef {object} Signer
 * @property {'browser' | 'remote' | 'throwaway'} kind
 * @property {() => Promise<string>} getPublicKey in hex
 * @property {(template: EventTemplate) => Promise<SignedEvent>} signEvent
 * @property {(tell: () => void) => void} [onAccountChange] for signers that say when their user takes another account
 *
 * @typedef {object} Nip46 what is used of `nostr-tools/nip46`
 * @property {(address: string) => Promise<any>} parseBunkerInput
 * @property {{fromBunker(clientKey: Uint8Array, pointer: any, options?: any): RemoteConnection}} BunkerSigner
 *
 * @typedef {object} RemoteConnection
 * @property {() => Promise<void>} connect
 * @property {() => Promise<string>} getPublicKey
 * @property {(template: EventTemplate) => Promise<SignedEvent>} signEvent
 * @property {() => Promise<void>} close
 */

/** How long a signer that loads with the page is waited for, in milliseconds. */
const PATIENCE = 1_500

/**
 * Has a template signed; users may take their time, and callers need not wait for them.
 *
 * @param {Signer} signer
 * @param {EventTemplate} template
 * @param {AbortSignal} [signal]
 * @returns {Promise<SignedEvent>}
 */
function signBy(signer, template, signal) {
  const signed = signer.signEvent(template)
  if (signal === undefined) return signed
  const over = new Promise((_, reject) => {
    signal.throwIfAborted()
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  return Promise.race([signed, /** @type {Promise<never>} */ (over)])
}

/**
 * Gets a challenge and has it signed.
 *
 * @param {Signer} signer
 * @param {string} base of the server
 * @param {'login' | 'erase'} purpose
 * @param {{pubkey?: string, signal?: AbortSignal}} options `pubkey` (hex) is whose signature the caller expects
 * @throws {TrustError} the server's refusals, the signer's, or `signer_wrong_account`
 */
export async function proofBy(signer, base, purpose, { pubkey, signal }) {
  const order = purpose === 'login' ? { method: 'POST' } : { body: { purpose } }
  const challenge = await send(`${base}/api/identity/challenge`, { ...order, signal })
  const event = await signBy(signer, challenge.event_template, signal)
  if (pubkey !== undefined && event.pubkey !== pubkey) {
    throw new TrustError('signer_wrong_account', 'The signer signed with another account than was expected.')
  }
  return event
}

/**
 * The signer that an extension of the browser offers as `window.nostr` (NIP-07).
 *
 * @returns {Signer} whose methods throw `signer_missing` where there is none, and `signer_refused` where its user says no
 */
export function browserSigner() {
  return {
    kind: 'browser',
    getPublicKey: async () => asked(async nostr => nostr.getPublicKey()),
    signEvent: async template => asked(async nostr => nostr.signEvent(template)),
    onAccountChange: tell => {
      void hasBrowserSigner().then(() => {
        // Not in NIP-07, but some signers have it.
        const nostr = /** @type {any} */ (globalThis).nostr
        if (typeof nostr?.on === 'function') nostr.on('accountChanged', tell)
      })
    },
  }
}

/** Whether the browser has a signer; those that load late are waited for a little. */
export async function hasBrowserSigner(patience = PATIENCE) {
  for (let waited = 0; !('nostr' in globalThis) && waited < patience; waited += 50) {
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  return 'nostr' in globalThis
}

/** @param {(nostr: any) => Promise<any>} question */
async function asked(question) {
  if (!(await hasBrowserSigner())) {
    throw new TrustError('signer_missing', 'This browser has no Nostr signer.')
  }
  try {
    return await question(/** @type {any} */ (globalThis).nostr)
  } catch (cause) {
    throw new TrustError('signer_refused', 'The signer did not sign.', { cause })
  }
}

/** How long a remote signer may take to answer, in milliseconds; its user has to find the telephone first. */
const REMOTE_PATIENCE = 120_000

/**
 * A remote signer (NIP-46), by way of nostr-tools.
 *
 * @param {string} address `bunker://…`, or a name such as `alice@example.com`
 * @param {object} tools
 * @param {Nip46} tools.nip46 the module `nostr-tools/nip46`
 * @param {Uint8Array} tools.clientKey the secret key that this application talks to the signer with; a signer that has
 *   once been given leave for it knows the application by that key
 * @param {(url: string) => void} [tools.onAuth] shows a page on which the signer wants its user's leave
 * @param {number} [tools.patience] how long it may take to answer, in milliseconds
 * @returns {Promise<Signer & {close(): Promise<void>}>}
 * @throws {TrustError} `signer_missing` where the address leads nowhere, `signer_refused` where the signer says no,
 *   `signer_silent` where it does not answer
 */
export async function remoteSigner(address, { nip46, clientKey, onAuth, patience = REMOTE_PATIENCE }) {
  const pointer = await nip46.parseBunkerInput(address).catch(() => null)
  if (pointer === null) {
    throw new TrustError('signer_missing', 'This is not the address of a remote signer.')
  }
  const bunker = nip46.BunkerSigner.fromBunker(clientKey, pointer, { onauth: onAuth })
  try {
    await answered(bunker.connect(), patience)
  } catch (error) {
    await bunker.close()
    throw error
  }
  return {
    kind: 'remote',
    getPublicKey: () => answered(bunker.getPublicKey(), patience),
    signEvent: template => answered(bunker.signEvent(template), patience),
    close: () => bunker.close(),
  }
}

/**
 * @template T
 * @param {Promise<T>} answer
 * @param {number} patience
 * @returns {Promise<T>}
 */
async function answered(answer, patience) {
  let timer
  const silence = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new TrustError('signer_silent', 'The remote signer did not answer.')), patience)
  })
  try {
    return await Promise.race([answer, /** @type {Promise<never>} */ (silence)])
  } catch (cause) {
    if (cause instanceof TrustError) throw cause
    throw new TrustError('signer_refused', 'The remote signer did not agree.', { cause })
  } finally {
    clearTimeout(timer)
  }
}
