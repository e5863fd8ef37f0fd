// What signs for a user: the browser's own signer (NIP-07), or one that is reached over relays (NIP-46).

import { TrustError, send } from './nostr-calls.js'
import { keyOf } from './nostr-keys.js'
import { invalid, nameOf, refused, signedBy } from './nostr-signed.js'

/**
 * @typedef {{kind: number, created_at: number, content: string, tags: string[][]}} EventTemplate
 * @typedef {EventTemplate & {id: string, pubkey: string, sig: string}} SignedEvent
 *
 * @typedef {object} Signer any object with these methods; what they answer is checked
 * @property {string} kind `browser`, `remote`, `throwaway`, or a name of one's own that its user knows it by
 * @property {() => string | Promise<string>} getPublicKey in hex or as an npub
 * @property {(template: EventTemplate) => unknown} signEvent gives the signed event, or a promise of it; its signature alone will do
 * @property {(tell: () => void) => void} [onAccountChange] for signers that say when their user takes another account
 *
 * @typedef {object} OwnSigner a signer of this module
 * @property {'browser' | 'remote' | 'throwaway'} kind
 * @property {() => Promise<string>} getPublicKey
 * @property {(template: EventTemplate) => Promise<SignedEvent>} signEvent
 * @property {(tell: () => void) => void} [onAccountChange]
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
 *
 * @typedef {object} Accounts a signer that names one key and signs with another
 * @property {string} named in hex
 * @property {string} signed likewise
 *
 * @typedef {object} Proof
 * @property {SignedEvent} event
 * @property {string | undefined} named the key that the signer names, in hex; undefined where it was not asked or names none
 * @property {number} deviceAhead by how many seconds this device's clock is ahead of the server's
 * @property {number} signerAhead likewise the clock that the event's time was read from
 */

/** How long a signer that loads with the page is waited for, in milliseconds. */
const TIMEOUT = 1_500

/**
 * The answer of a signer; users may take their time, and callers need not wait for them.
 *
 * @template T
 * @param {() => T} question
 * @param {AbortSignal} [signal]
 * @returns {Promise<Awaited<T>>}
 */
async function answerOf(question, signal) {
  signal?.throwIfAborted()
  if (signal === undefined) return await question()
  let over = () => {}
  try {
    return await Promise.race([question(), new Promise((_, reject) => {
      over = () => reject(signal.reason)
      signal.addEventListener('abort', over, { once: true })
    })])
  } finally {
    signal.removeEventListener('abort', over)
  }
}

/**
 * Gets a challenge and has it signed. The event is compared with what was to be signed before it is handed on.
 *
 * @param {Signer} signer
 * @param {string} base of the server
 * @param {'login' | 'erase'} purpose
 * @param {{pubkey?: string, signal?: AbortSignal, confirmOtherAccount?: (accounts: Accounts) => boolean | Promise<boolean>}} options
 *   `pubkey` is whose signature the caller expects; `confirmOtherAccount` is asked if the signer signs with another key than it names
 * @returns {Promise<Proof>}
 * @throws {TrustError} the server's refusals, the signer's, or `signer_wrong_account`
 */
export async function proofBy(signer, base, purpose, { pubkey, signal, confirmOtherAccount }) {
  const expected = pubkey === undefined ? undefined : (keyOf(pubkey) ?? pubkey)
  const named = expected === undefined && signer.kind !== 'throwaway' ? await nameOfKey(signer, signal) : undefined
  const order = purpose === 'login' ? { method: 'POST' } : { body: { purpose } }
  const challenge = await send(`${base}/api/identity/challenge`, { ...order, signal })
  const begin = Date.now()
  const { created_at: serverTime } = challenge.event_template
  const answer = await answerOf(() => asking(signer, () => signer.signEvent(challenge.event_template)), signal)
  const event = await signedBy(signer, challenge.event_template, answer)
  if (expected !== undefined && event.pubkey !== expected) {
    throw new TrustError('signer_wrong_account', `${nameOf(signer)} signed with another account than was expected.`)
  }
  if (named !== undefined && event.pubkey !== named && !(await confirmOtherAccount?.({ named, signed: event.pubkey }))) {
    throw new TrustError('signer_wrong_account', `${nameOf(signer)} names one account and signed with another.`)
  }
  // A signer that keeps the time of the template is not ahead: its clock was not used.
  const passed = event.created_at === serverTime ? 0 : (Date.now() - begin) / 1000
  return { event, named, deviceAhead: begin / 1000 - serverTime, signerAhead: event.created_at - serverTime - passed }
}

/** Refusals of an event for its time. */
const CLOCK = ['created_at_too_old', 'created_at_in_future']

/** Up to here two clocks agree, in seconds. */
const SAME_TIME = 60

/**
 * The server's refusal of a proof; one for its time says whose clock is wrong, and by how much.
 *
 * @param {unknown} error
 * @param {Signer} signer
 * @param {Proof} proof
 */
export function explained(error, signer, { deviceAhead, signerAhead }) {
  if (!(error instanceof TrustError) || !CLOCK.includes(error.code)) return error
  const whose = Math.abs(deviceAhead - signerAhead) < SAME_TIME ? "Your device's clock" : `The clock of ${lower(nameOf(signer))}`
  const { code, status, traceId } = error
  return new TrustError(code, `${whose} is ${span(Math.abs(signerAhead))} ${signerAhead < 0 ? 'behind' : 'ahead'}. Set it and try again.`,
    { status, traceId, cause: error })
}

/** @param {string} name of a signer, within a sentence */
const lower = name => name.charAt(0).toLowerCase() + name.slice(1)

/** @param {number} seconds */
function span(seconds) {
  const [count, unit] = seconds < 5400 ? [seconds / 60, 'minute'] : seconds < 129_600 ? [seconds / 3600, 'hour'] : [seconds / 86_400, 'day']
  const whole = Math.max(1, Math.round(count))
  return `${whole} ${unit}${whole === 1 ? '' : 's'}`
}

/** The key that a signer names; undefined for one that names none. @param {Signer} signer @param {AbortSignal} [signal] */
async function nameOfKey(signer, signal) {
  return keyOf(await answerOf(() => asking(signer, () => signer.getPublicKey()), signal))
}

/**
 * Asks a signer; whatever it throws is a TrustError afterwards.
 *
 * @template T
 * @param {Signer} signer
 * @param {() => T} question
 * @returns {Promise<Awaited<T>>}
 */
async function asking(signer, question) {
  try {
    return await question()
  } catch (cause) {
    throw cause instanceof TrustError ? cause : refused(signer, cause)
  }
}

/**
 * The signer that an extension of the browser offers as `window.nostr` (NIP-07).
 *
 * @returns {OwnSigner} whose methods throw `signer_missing` where there is none, and `signer_refused` where its user says no
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

const isThere = () => typeof (/** @type {any} */ (globalThis).nostr?.signEvent) === 'function'

/** Whether the browser has a signer; those that load late are waited for a little. */
export async function hasBrowserSigner(timeout = TIMEOUT) {
  for (let waited = 0; !isThere() && waited < timeout; waited += 50) {
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  return isThere()
}

/** @param {(nostr: any) => Promise<any>} question */
async function asked(question) {
  if (!(await hasBrowserSigner())) {
    throw new TrustError('signer_missing', 'This browser has no Nostr signer.')
  }
  try {
    return await question(/** @type {any} */ (globalThis).nostr)
  } catch (cause) {
    throw refused({ kind: 'browser' }, cause)
  }
}

/** How long a remote signer may take to answer, in milliseconds; its user has to find the telephone first. */
const REMOTE_TIMEOUT = 120_000

/**
 * A remote signer (NIP-46), by way of nostr-tools.
 *
 * @param {string} address `bunker://…`, or a name such as `alice@example.com`
 * @param {object} tools
 * @param {Nip46} tools.nip46 the module `nostr-tools/nip46`
 * @param {Uint8Array} tools.clientKey the secret key that this application talks to the signer with; a signer that has
 *   once been given leave for it knows the application by that key
 * @param {(url: string) => void} [tools.onAuth] shows a page on which the signer wants its user's leave; it gets addresses of https only
 * @param {number} [tools.timeout] how long it may take to answer, in milliseconds
 * @returns {Promise<OwnSigner & {close(): Promise<void>}>}
 * @throws {TrustError} `signer_missing` where the address leads nowhere, `signer_refused` where the signer says no,
 *   `signer_silent` where it does not answer, `signer_invalid` where it asks for a page that is not of https
 */
export async function remoteSigner(address, { nip46, clientKey, onAuth, timeout = REMOTE_TIMEOUT }) {
  const pages = new AuthPages(onAuth)
  const bunker = await connection(address, nip46, clientKey, url => pages.show(url))
  /** @type {<T>(question: () => Promise<T>) => Promise<T>} */
  const ask = question => answered(question, timeout, pages)
  const close = async () => {
    try {
      await bunker.close()
    } catch {
      // It is closed already.
    }
  }
  try {
    await ask(() => bunker.connect())
  } catch (error) {
    await close()
    throw error
  }
  return {
    kind: 'remote',
    getPublicKey: () => ask(() => bunker.getPublicKey()),
    signEvent: template => ask(() => bunker.signEvent(template)),
    close,
  }
}

/** @param {string} address @param {Nip46} nip46 @param {Uint8Array} clientKey @param {(url: unknown) => void} onauth */
async function connection(address, nip46, clientKey, onauth) {
  try {
    const pointer = await nip46.parseBunkerInput(address)
    if (pointer?.relays?.length > 0) return nip46.BunkerSigner.fromBunker(clientKey, pointer, { onauth })
    if (pointer !== null) throw new TrustError('signer_missing', 'The address of the remote signer names no relay.')
  } catch (cause) {
    if (cause instanceof TrustError) throw cause
    throw new TrustError('signer_missing', 'This is not the address of a remote signer.', { cause })
  }
  throw new TrustError('signer_missing', 'This is not the address of a remote signer.')
}

/** The pages that a remote signer wants its user to open. Anything but https could run in the page or read a file. */
class AuthPages {
  #show
  /** The calls that wait for the signer. @type {Set<(error: TrustError) => void>} */
  asking = new Set()

  /** @param {((url: string) => void) | undefined} show */
  constructor(show) {
    this.#show = show
  }

  /** @param {unknown} address */
  show(address) {
    const url = parsedUrl(address)
    if (url?.protocol !== 'https:') this.#fail(invalid({ kind: 'remote' }, 'asked to open a page that is not of https'))
    else if (this.#show === undefined) {
      this.#fail(new TrustError('signer_refused', 'The remote signer asks for approval on a web page. Pass onAuth to open that page.'))
    } else this.#show(url.href)
  }

  /** @param {TrustError} error */
  #fail(error) {
    this.asking.forEach(fail => fail(error))
  }
}

/** @param {unknown} address */
function parsedUrl(address) {
  try {
    return typeof address === 'string' ? new URL(address) : undefined
  } catch {
    return undefined
  }
}

/**
 * The answer of a remote signer, unless it takes too long or asks meanwhile for a page that is not shown.
 *
 * @template T
 * @param {() => Promise<T>} question
 * @param {number} timeout
 * @param {AuthPages} pages
 * @returns {Promise<T>}
 */
async function answered(question, timeout, { asking }) {
  let timer
  /** @type {(error: TrustError) => void} */
  let fail = () => {}
  const failed = new Promise((_, reject) => {
    fail = reject
    timer = setTimeout(() => reject(new TrustError('signer_silent', 'The remote signer did not answer.')), timeout)
  })
  asking.add(fail)
  try {
    return await Promise.race([question(), /** @type {Promise<never>} */ (failed)])
  } catch (cause) {
    throw cause instanceof TrustError ? cause : refused({ kind: 'remote' }, cause)
  } finally {
    clearTimeout(timer)
    asking.delete(fail)
  }
}
