// Notices that the user has taken another account in the signer.

import { keyOf } from './nostr-keys.js'

/** @typedef {import('./nostr-signers.js').Signer} Signer */

/** How fast a signer answers that does not ask its user, in milliseconds. */
const AT_ONCE = 400

/** Checks the account when the signer reports a change, and when the user returns to the page. */
export class AccountWatch {
  #expected
  #other
  #mayAsk = true
  #end = new AbortController()
  /** @type {Signer | undefined} */
  #signer

  /**
   * @param {() => string | undefined} expected the key that the signer should name; undefined where it does not matter
   * @param {() => void} other is called when the signer has another account
   */
  constructor(expected, other) {
    this.#expected = expected
    this.#other = other
    globalThis.addEventListener?.('focus', () => void this.#look(), { signal: this.#end.signal })
  }

  /** @param {Signer} signer to be watched from now on */
  watch(signer) {
    this.#mayAsk = true
    if (this.#signer === signer) return
    this.#signer = signer
    signer.onAccountChange?.(() => {
      if (this.#signer !== signer) return
      this.#mayAsk = true
      void this.#look()
    })
  }

  close() {
    this.#end.abort()
  }

  async #look() {
    const expected = this.#expected()
    if (this.#end.signal.aborted || !this.#mayAsk || expected === undefined || this.#signer === undefined) return
    this.#mayAsk = false
    const begin = Date.now()
    try {
      const now = keyOf(await this.#signer.getPublicKey())
      // A signer that asks its user each time takes the focus and gives it back, and would be asked again for ever.
      this.#mayAsk = Date.now() - begin < AT_ONCE
      // A signer that names no key, such as a locked one, has no other account.
      if (now !== undefined && now !== expected && this.#expected() === expected) this.#other()
    } catch {
      // It is not asked again before it says that something has changed.
    }
  }
}
