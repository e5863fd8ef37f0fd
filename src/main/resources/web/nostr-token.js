// Keeps the token of a login for all tabs of an origin, and renews it before it ends.

import { ENDED, TrustError, send } from './nostr-calls.js'
import { SafeStorage } from './nostr-storage.js'

/**
 * What is kept of a login.
 *
 * @typedef {object} Kept
 * @property {string} token
 * @property {number} endsAt when the token expires, in milliseconds of this browser's clock; the login lasts longer
 * @property {number} renewAt likewise
 * @property {Identity} identity
 * @property {string} signer its kind
 * @property {string} [named] the key that the signer names, where that is not the one that it signs with
 *
 * @typedef {{pubkey: string, npub: string, trust_tier: Tier, trust_score: number}} Identity
 * @typedef {'anonymous' | 'new' | 'established' | 'trusted' | 'elite'} Tier
 */

/** The part of a token's life after which it is renewed. */
const RENEW_AFTER = 0.8

/** The longest time that a timer takes without running over, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1

/** Between attempts to renew, in milliseconds: at first, and at most. */
const ATTEMPT_EVERY = 5_000
const ATTEMPT_RARELY = 60_000

/** How long another tab may be at it, in milliseconds; one that was put to sleep holds what it has. */
const LOCK_TIMEOUT = 30_000

/** One login, as long as it lasts. */
export class TokenKeeper {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer
  /** @type {Kept | null} */
  #kept = null
  #end = new AbortController()
  #failures = 0
  /** @type {Promise<void> | undefined} */
  #renewing
  #base
  #storage
  #name
  #changed

  /**
   * @param {string} base of the server
   * @param {import('./nostr-storage.js').Store | undefined} storage keeps the login; without one it lasts as long as the page
   * @param {(now: Kept | null, before: Kept | null, why: string) => void} changed is called when a login begins, is renewed
   *   or ends, here or in another tab
   */
  constructor(base, storage, changed) {
    this.#base = base
    this.#storage = new SafeStorage(storage)
    this.#name = `nostr-trust-login ${new URL(base || '/', globalThis.location?.href).origin}`
    this.#changed = changed
  }

  /** Takes up a login that was kept, and looks after it from now on. */
  open() {
    const { signal } = this.#end
    const adopt = () => this.#adopt('elsewhere')
    globalThis.addEventListener?.('storage', event => {
      if (this.#storage.isIn(event.storageArea) && (event.key === this.#name || event.key === null)) adopt()
    }, { signal })
    // A page that slept was told nothing.
    globalThis.addEventListener?.('pageshow', adopt, { signal })
    globalThis.addEventListener?.('online', () => void this.#look(), { signal })
    globalThis.document?.addEventListener('visibilitychange', () => {
      adopt()
      void this.#look()
    }, { signal })
    this.#adopt('kept')
  }

  /** Looks after nothing any more; what is kept stays. */
  close() {
    this.#end.abort()
    clearTimeout(this.#timer)
  }

  /** The login; null where there is none. Its token may have expired. */
  get kept() {
    return this.#kept
  }

  /** The token, renewed if it has expired; undefined where there is no login. Fails as {@link renew} does. */
  async token() {
    if (this.#kept !== null && Date.now() >= this.#kept.endsAt) await this.renew()
    return this.#kept?.token
  }

  /**
   * A login begins, or has a new token.
   *
   * @param {any} login the server's answer, just come
   * @param {Pick<Kept, 'signer' | 'named'>} by
   */
  begin({ nostr_token, expires_at, pubkey, npub, trust_tier, trust_score }, { signer, named }, why = 'signed_in') {
    // By the server's clock alone: that of a browser may be wrong.
    const life = Date.parse(expires_at) - issuedAt(nostr_token)
    const endsAt = Date.now() + life
    const identity = { pubkey, npub, trust_tier, trust_score }
    this.#set({ token: nostr_token, endsAt, renewAt: Date.now() + life * RENEW_AFTER, identity, signer, named }, why)
  }

  /** Ends the login with this token, unless another one has taken its place. @param {string} why @param {string} token */
  end(why, token) {
    this.#adopt('elsewhere')
    if (this.#kept?.token === token) this.#set(null, why)
  }

  /**
   * Has the server end the login of this token, or all logins of its key; nothing is wrong where it has ended already.
   *
   * @param {string} token @param {boolean} [all]
   */
  async revoke(token, all = false) {
    const logout = /** @param {string} it */ it =>
      send(`${this.#base}/api/identity/logout${all ? '?all=true' : ''}`, { method: 'POST', token: it })
    try {
      await logout(token).catch(async error => {
        if (!(error instanceof TrustError) || error.code !== 'token_expired') throw error
        // The login lasts longer than its token.
        await logout((await this.#refresh(token)).nostr_token)
      })
    } catch (error) {
      if (!(error instanceof TrustError && ENDED.includes(error.code))) throw error
    }
  }

  /**
   * Gets a new token, unless another tab has just got one. Concurrent callers wait for the same one. A refusal of the
   * token itself ends the login.
   */
  renew() {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined
    })
    return this.#renewing
  }

  async #renew() {
    const before = this.#kept?.token
    if (before === undefined) return
    const isStill = () => {
      this.#adopt('elsewhere')
      return this.#kept !== null && this.#kept.token === before
    }
    try {
      await exclusively(this.#name, async () => {
        if (!isStill()) return
        const login = await this.#refresh(before)
        // A sign-out or sign-in meanwhile has ended the login of this token.
        if (isStill()) this.begin(login, /** @type {Kept} */ (this.#kept), 'renewed')
      })
    } catch (error) {
      if (error instanceof TrustError && ENDED.includes(error.code)) this.end(error.code, before)
      throw error
    }
  }

  /** @param {string} token that may have expired */
  #refresh(token) {
    return send(`${this.#base}/api/identity/refresh`, { body: {}, token })
  }

  /** Takes what is in the storage for true. @param {string} why */
  #adopt(why) {
    const kept = parsed(this.#storage.getItem(this.#name))
    if (kept?.token !== this.#kept?.token) this.#take(kept, why)
  }

  /** @param {Kept | null} kept @param {string} why */
  #set(kept, why) {
    if (kept === null) this.#storage.removeItem(this.#name)
    else this.#storage.setItem(this.#name, JSON.stringify(kept))
    this.#take(kept, why)
  }

  /** @param {Kept | null} kept @param {string} why */
  #take(kept, why) {
    const before = this.#kept
    this.#kept = kept
    this.#failures = 0
    this.#schedule()
    if (kept !== null || before !== null) this.#changed(kept, before, why)
  }

  #schedule(least = 0) {
    clearTimeout(this.#timer)
    if (this.#kept === null || this.#end.signal.aborted) return
    const wait = Math.max(least, this.#kept.renewAt - Date.now())
    /** @type {any} */
    const timer = setTimeout(() => void this.#look(), Math.min(wait, LONGEST_TIMER))
    // Where there are processes, this is no reason for one to go on.
    timer.unref?.()
    this.#timer = timer
  }

  /** Renews what is due; where the server is out of reach, again and again. */
  async #look() {
    const kept = this.#kept
    if (kept === null) return
    if (Date.now() < kept.renewAt) return this.#schedule()
    try {
      await this.renew()
    } catch {
      // A login that has ended has been told of; anything else passes.
      this.#schedule(Math.min(ATTEMPT_EVERY * 2 ** this.#failures++, ATTEMPT_RARELY))
    }
  }
}

/** What a storage holds, which others may have written to. @param {string | null} text @returns {Kept | null} */
function parsed(text) {
  try {
    const kept = JSON.parse(text ?? 'null')
    const isKept = typeof kept?.token === 'string' && typeof kept.endsAt === 'number' &&
      typeof kept.renewAt === 'number' && typeof kept.identity?.pubkey === 'string'
    return isKept ? kept : null
  } catch {
    return null
  }
}

/** When a token was made, by the server's clock in milliseconds. @param {string} token a JWT */
function issuedAt(token) {
  const claims = atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'))
  return JSON.parse(claims).iat * 1000
}

/** One tab at a time, as far as the browser has locks. @param {string} name @param {() => Promise<void>} work */
async function exclusively(name, work) {
  let begun = false
  const ours = () => {
    begun = true
    return work()
  }
  try {
    await navigator.locks.request(name, { signal: AbortSignal.timeout(LOCK_TIMEOUT) }, ours)
  } catch (error) {
    if (begun) throw error
    await ours() // There are no locks for us here, or another tab sleeps on this one.
  }
}
