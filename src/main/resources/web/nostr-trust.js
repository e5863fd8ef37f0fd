// The browser's side of the Nostr Trust Engine: an ES module without a build step and without dependencies.

import { AccountWatch } from './nostr-account.js'
import { ENDED, TrustError, isPassing, send, unguessable } from './nostr-calls.js'
import { finished } from './nostr-poll.js'
import { browserSigner, proofBy } from './nostr-signers.js'
import { TokenKeeper, sharedStorage } from './nostr-token.js'

export { TrustError, isPassing }
export { browserSigner, hasBrowserSigner, remoteSigner } from './nostr-signers.js'
export { throwawaySigner } from './nostr-throwaway.js'

/**
 * @typedef {import('./nostr-signers.js').Signer} Signer
 * @typedef {import('./nostr-signers.js').EventTemplate} EventTemplate
 * @typedef {import('./nostr-signers.js').SignedEvent} SignedEvent
 * @typedef {import('./nostr-token.js').Identity} Identity
 * @typedef {import('./nostr-token.js').Tier} Tier
 * @typedef {import('./nostr-token.js').Kept} Kept
 * @typedef {import('./nostr-answers.js').Job} Job
 * @typedef {import('./nostr-answers.js').Jobs} Jobs
 * @typedef {import('./nostr-answers.js').Session} Session
 * @typedef {import('./nostr-answers.js').Trust} Trust
 * @typedef {import('./nostr-answers.js').TrustPolicy} TrustPolicy
 * @typedef {import('./nostr-answers.js').History} History
 *
 * @typedef {{idempotencyKey?: string, signal?: AbortSignal}} Creation
 *
 * @typedef {'signedin' | 'renewed' | 'signedout'} TrustEventType
 * @typedef {CustomEvent<{identity: Identity, why: string}>} TrustEvent
 */

/** @param {string | number | undefined} before @param {number} limit */
const page = (before, limit) => `?limit=${limit}${before === undefined ? '' : `&before=${before}`}`

/**
 * One user at one server. All methods that call the server throw a {@link TrustError}.
 *
 * Events: `signedin`, `renewed`, `signedout`; each a `CustomEvent` whose `detail` is `{identity, why}`. A `why` of
 * `signedout` is `signed_out`, `erasure_asked`, `elsewhere` (another tab), `account_switched`, or the server's refusal.
 */
export class TrustClient extends EventTarget {
  #base
  #signer
  #keeper
  #account

  /**
   * @param {object} [options]
   * @param {string} [options.base] the server's origin, such as `https://trust.example`; the page's own if left out
   * @param {Signer} [options.signer] the browser's (NIP-07) if left out
   * @param {Storage} [options.storage] keeps the token; by default `localStorage`, which all tabs share, or else memory
   */
  constructor({ base = '', signer = browserSigner(), storage = sharedStorage() } = {}) {
    super()
    this.#base = base.replace(/\/$/, '')
    this.#signer = signer
    this.#keeper = new TokenKeeper(this.#base, storage, (now, before, why) => this.#tell(now, before, why))
    this.#keeper.open()
    this.#account = new AccountWatch(
      () => (this.signedInWith === this.#signer.kind ? this.identity?.pubkey : undefined),
      () => void this.#leave('account_switched').catch(() => {}),
    )
    if (signer.kind === 'browser') this.#account.watch(signer)
  }

  /**
   * @overload
   * @param {TrustEventType} type
   * @param {(event: TrustEvent) => void} listener
   * @param {AddEventListenerOptions | boolean} [options]
   * @returns {void}
   */
  /**
   * @overload
   * @param {string} type
   * @param {EventListenerOrEventListenerObject | null} listener
   * @param {AddEventListenerOptions | boolean} [options]
   * @returns {void}
   */
  /** @param {string} type @param {any} listener @param {AddEventListenerOptions | boolean} [options] */
  addEventListener(type, listener, options) {
    super.addEventListener(type, listener, options)
  }

  /** Who is signed in, as of the last token; null for nobody. @returns {Identity | null} */
  get identity() {
    return this.#keeper.kept?.identity ?? null
  }

  /** What kind of signer it was that signed in. @returns {Signer['kind'] | null} */
  get signedInWith() {
    return this.#keeper.kept?.signer ?? null
  }

  /** Takes another signer from now on; nobody is signed out by it. @param {Signer} signer */
  use(signer) {
    this.#signer = signer
    if (signer.kind === 'browser') this.#account.watch(signer)
  }

  /**
   * Proves the signer's key to the server.
   *
   * @param {{pubkey?: string, signal?: AbortSignal}} [options] `pubkey` (hex) is whom the caller expects
   * @returns {Promise<Identity>}
   * @throws {TrustError} besides the server's refusals `signer_missing`, `signer_refused`, `signer_wrong_account`
   */
  async signIn({ pubkey, signal } = {}) {
    const event = await proofBy(this.#signer, this.#base, 'login', { pubkey, signal })
    const login = await send(`${this.#base}/api/identity/verify`, { body: { event }, signal })
    const before = this.#keeper.kept?.token
    this.#keeper.begin(login, this.#signer.kind)
    if (before !== undefined) void this.#keeper.revoke(before).catch(() => {})
    if (this.#signer.kind === 'browser') this.#account.watch(this.#signer)
    return /** @type {Identity} */ (this.identity)
  }

  /**
   * Ends the login, at the server too.
   *
   * @param {{all?: boolean}} [options] `all`: wherever else this key is signed in as well
   */
  async signOut({ all = false } = {}) {
    await this.#leave('signed_out', all)
  }

  /**
   * Has the identity erased after the server's grace, with sessions and jobs. Logins end now; a sign-in before then withdraws it.
   *
   * @param {{signal?: AbortSignal}} [options]
   * @returns {Promise<Date>} when that is
   * @throws {TrustError} as {@link signIn} does
   */
  async erase({ signal } = {}) {
    this.#token()
    const event = await proofBy(this.#signer, this.#base, 'erase', { pubkey: this.identity?.pubkey, signal })
    const token = this.#token() // It may have been renewed while the user was asked.
    const { erase_after } = await this.#call('/api/identity/me', { method: 'DELETE', body: { event }, signal }, true)
    this.#keeper.end('erasure_asked', token)
    return new Date(erase_after)
  }

  /**
   * Asks for work, in the user's name if somebody is signed in.
   *
   * @param {object} request what is asked for
   * @param {Creation & {deadline?: string, session?: string}} [options]
   * @returns {Promise<Job>}
   */
  createJob(request, { deadline, session, idempotencyKey = unguessable(), signal } = {}) {
    const path = session === undefined ? '/api/jobs' : `/api/sessions/${encodeURIComponent(session)}/requests`
    const body = deadline === undefined ? { request } : { request, deadline }
    return this.#call(path, { body, idempotencyKey, signal })
  }

  /** Opens a session, whose jobs belong together. @param {Creation} [options] @returns {Promise<Session>} */
  openSession({ idempotencyKey = unguessable(), signal } = {}) {
    return this.#call('/api/sessions', { body: {}, idempotencyKey, signal })
  }

  /** @param {string} id @returns {Promise<Session>} */
  closeSession(id) {
    return this.#call(`/api/sessions/${encodeURIComponent(id)}/close`, { method: 'POST' }, true)
  }

  /** @param {string} id @returns {Promise<Job>} */
  job(id) {
    return send(this.#jobUrl(id))
  }

  /** One's own jobs, the newest first. @param {{before?: string, limit?: number}} [page] @returns {Promise<Jobs>} */
  jobs({ before, limit = 20 } = {}) {
    return this.#call(`/api/identity/me/jobs${page(before, limit)}`, {}, true)
  }

  /** @param {string} id @returns {Promise<Job>} */
  cancelJob(id) {
    return this.#call(`/api/jobs/${encodeURIComponent(id)}/cancel`, { method: 'POST' }, true)
  }

  /**
   * The job when it is over; for as long as it takes, through restarts of the server and losses of the network.
   *
   * @param {string} id
   * @param {{signal?: AbortSignal, onChange?: (job: Job) => void}} [options] `onChange` is given every state on the way
   * @returns {Promise<Job>}
   */
  finished(id, options = {}) {
    return finished(this.#jobUrl(id), options)
  }

  /** One's own score and tier, explained; work that is over counts within a second or so. @returns {Promise<Trust>} */
  trust() {
    return this.#call('/api/trust/me', {}, true)
  }

  /** What moved one's own score, the newest first. @param {{before?: number, limit?: number}} [page] @returns {Promise<History>} */
  history({ before, limit = 100 } = {}) {
    return this.#call(`/api/trust/me/history${page(before, limit)}`, {}, true)
  }

  /** The numbers that scores are computed with. @returns {Promise<TrustPolicy>} */
  policy() {
    return send(`${this.#base}/api/trust/policy`)
  }

  /** Looks after the login no more, as a page does that goes away; nobody is signed out by it. */
  close() {
    this.#keeper.close()
    this.#account.close()
  }

  /** @param {string} id */
  #jobUrl(id) {
    return `${this.#base}/api/jobs/${encodeURIComponent(id)}`
  }

  #token() {
    const kept = this.#keeper.kept
    if (kept === null) throw new TrustError('not_signed_in', 'Nobody is signed in.')
    return kept.token
  }

  /** @param {string} path @param {import('./nostr-calls.js').Call} call @param {boolean} [ownOnly] for users only */
  async #call(path, call, ownOnly = false) {
    const token = ownOnly ? this.#token() : this.#keeper.kept?.token
    try {
      return await send(this.#base + path, { ...call, token })
    } catch (error) {
      // A refused token never leads to an anonymous job: the caller hears of it.
      if (token !== undefined && error instanceof TrustError && ENDED.includes(error.code)) this.#keeper.end(error.code, token)
      throw error
    }
  }

  /** @param {string} why @param {boolean} [all] */
  async #leave(why, all = false) {
    const token = this.#token()
    this.#keeper.end(why, token)
    await this.#keeper.revoke(token, all)
  }

  /** @param {Kept | null} now @param {Kept | null} before @param {string} why */
  #tell(now, before, why) {
    const same = now !== null && now.identity.pubkey === before?.identity.pubkey
    const type = now === null ? 'signedout' : same ? 'renewed' : 'signedin'
    this.dispatchEvent(new CustomEvent(type, { detail: { identity: (now ?? before)?.identity, why } }))
  }
}
