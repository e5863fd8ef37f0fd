// The browser's side of the Nostr Trust Engine: an ES module without a build step and without dependencies.

import { AccountWatch } from './nostr-account.js'
import { ENDED, TrustError, isPassing, send, unguessable } from './nostr-calls.js'
import { keyOf } from './nostr-keys.js'
import { watchOf } from './nostr-poll.js'
import { browserSigner, explained, proofBy } from './nostr-signers.js'
import { sharedStorage } from './nostr-storage.js'
import { TokenKeeper } from './nostr-token.js'

export { TrustError, isPassing, keyOf }
export { browserSigner, hasBrowserSigner, remoteSigner } from './nostr-signers.js'
export { throwawaySigner } from './nostr-throwaway.js'

/**
 * @typedef {import('./nostr-signers.js').Signer} Signer
 * @typedef {import('./nostr-signers.js').OwnSigner} OwnSigner
 * @typedef {import('./nostr-signers.js').Accounts} Accounts
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
  #isErasing = false

  /**
   * @param {object} [options]
   * @param {string} [options.base] the server's origin, such as `https://trust.example`; the page's own if left out
   * @param {Signer} [options.signer] the browser's (NIP-07) if left out
   * @param {import('./nostr-storage.js').Store} [options.storage] keeps the token; by default `localStorage`, which all tabs
   *   share. Where it is missing or fails, memory takes its place
   */
  constructor({ base = '', signer = browserSigner(), storage = sharedStorage() } = {}) {
    super()
    this.#base = base.replace(/\/$/, '')
    this.#signer = signer
    this.#keeper = new TokenKeeper(this.#base, storage, (now, before, why) => this.#tell(now, before, why))
    this.#keeper.open()
    this.#account = new AccountWatch(
      () => (this.signedInWith === this.#signer.kind ? (this.#keeper.kept?.named ?? this.identity?.pubkey) : undefined),
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

  /** What kind of signer it was that signed in. @returns {string | null} */
  get signedInWith() {
    return this.#keeper.kept?.signer ?? null
  }

  /**
   * A token for a backend of the page's own, renewed if it has expired; null if no user is signed in. Send it as
   * `Authorization: Bearer`, to that backend only.
   *
   * @returns {Promise<string | null>}
   * @throws {TrustError} if an expired token cannot be renewed
   */
  async token() {
    return (await this.#keeper.token()) ?? null
  }

  /** Takes another signer from now on; nobody is signed out by it. @param {Signer} signer */
  use(signer) {
    this.#signer = signer
    if (signer.kind === 'browser') this.#account.watch(signer)
  }

  /**
   * Proves the signer's key to the server.
   *
   * @param {object} [options]
   * @param {string} [options.pubkey] whom the caller expects, in hex or as an npub
   * @param {AbortSignal} [options.signal]
   * @param {(accounts: Accounts) => boolean | Promise<boolean>} [options.confirmOtherAccount] asks the user whether to go on where the
   *   signer names one account and signs with another; without it, that is refused
   * @returns {Promise<Identity>}
   * @throws {TrustError} besides the server's refusals those of signers: `signer_missing`, `signer_refused`, `signer_silent`,
   *   `signer_invalid`, `signer_changed_event`, `signer_wrong_account`
   */
  async signIn({ pubkey, signal, confirmOtherAccount } = {}) {
    const signer = this.#signer
    const proof = await proofBy(signer, this.#base, 'login', { pubkey, signal, confirmOtherAccount })
    const login = await send(`${this.#base}/api/identity/verify`, { body: { event: proof.event }, signal })
      .catch(error => Promise.reject(explained(error, signer, proof)))
    const before = this.#keeper.kept?.token
    const named = proof.named === proof.event.pubkey ? undefined : proof.named
    this.#keeper.begin(login, { signer: signer.kind, named })
    if (before !== undefined) void this.#keeper.revoke(before).catch(() => {})
    if (signer.kind === 'browser') this.#account.watch(signer)
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
    this.#keptToken()
    const signer = this.#signer
    const proof = await proofBy(signer, this.#base, 'erase', { pubkey: this.identity?.pubkey, signal })
    const order = { method: 'DELETE', body: { event: proof.event }, signal }
    this.#isErasing = true
    try {
      const { erase_after } = await this.#call('/api/identity/me', order, true)
      // The token may have been renewed meanwhile, or another call has met the end of the login first.
      const now = this.#keeper.kept
      if (now?.identity.pubkey === proof.event.pubkey) this.#keeper.end('erasure_asked', now.token)
      return new Date(erase_after)
    } catch (error) {
      throw explained(error, signer, proof)
    } finally {
      this.#isErasing = false
    }
  }

  /**
   * Orders work, for the user if one is signed in.
   *
   * @param {object} request what is asked for
   * @param {Creation & {deadline?: string, queue?: string, session?: string}} [options]
   * @returns {Promise<Job>}
   */
  createJob(request, { deadline, queue, session, idempotencyKey = unguessable(), signal } = {}) {
    const path = session === undefined ? '/api/jobs' : `/api/sessions/${encodeURIComponent(session)}/requests`
    const body = { request, deadline, queue } // undefined ones are left out
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
   * The job when it is over; for as long as it takes, through restarts of the server and losses of the network. All jobs that a
   * page waits for share one connection to the server.
   *
   * @param {string} id
   * @param {{signal?: AbortSignal, onChange?: (job: Job) => void}} [options] `onChange` is given every state on the way
   * @returns {Promise<Job>}
   */
  finished(id, options = {}) {
    return watchOf(this.#base).finished(id, options)
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

  #keptToken() {
    const kept = this.#keeper.kept
    if (kept === null) throw new TrustError('not_signed_in', 'No user is signed in. Call signIn() first.')
    return kept.token
  }

  /** @param {string} path @param {import('./nostr-calls.js').Call} call @param {boolean} [ownOnly] for users only */
  async #call(path, call, ownOnly = false) {
    if (ownOnly) this.#keptToken()
    const pubkey = this.identity?.pubkey
    let token = await this.#keeper.token()
    for (let attempt = 1; ; attempt++) {
      // Another user, or none, may be signed in now: a call never continues for another user, nor anonymously.
      if (this.identity?.pubkey !== pubkey) throw new TrustError('not_signed_in', 'The user has signed out.')
      try {
        return await send(this.#base + path, { ...call, token })
      } catch (error) {
        // A refused token never leads to an anonymous job: the caller hears of it.
        if (token === undefined || !(error instanceof TrustError) || !ENDED.includes(error.code)) throw error
        if (error.code !== 'token_expired' || attempt > 1) {
          this.#keeper.end(this.#isErasing && error.code === 'token_revoked' ? 'erasure_asked' : error.code, token)
          throw error
        }
        // By the server's clock it has ended, though not by this device's.
        if (this.#keeper.kept?.token === token) await this.#keeper.renew()
        token = this.#keeper.kept?.token
      }
    }
  }

  /** @param {string} why @param {boolean} [all] */
  async #leave(why, all = false) {
    const token = this.#keptToken()
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
