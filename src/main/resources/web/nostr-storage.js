// What has to outlast a page, in the browser's storage as far as that works, and else in memory.

/** @typedef {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>} Store what is used of a storage */

/** A storage that never throws: what fails once is replaced by memory, with all that was read and written so far. */
export class SafeStorage {
  /** @type {Map<string, string>} */
  #values = new Map()
  /** @type {Store | undefined} */
  #storage

  /** @param {Store | undefined} storage may be missing, may have no methods, and its methods may throw */
  constructor(storage) {
    this.#storage = storage ?? undefined
  }

  /** Whether this keeps its values in that storage. @param {unknown} storage */
  isIn(storage) {
    return this.#storage !== undefined && this.#storage === storage
  }

  /** @param {string} name @returns {string | null} */
  getItem(name) {
    try {
      const value = this.#storage?.getItem(name)
      if (typeof value === 'string') this.#values.set(name, value)
      else if (this.#storage !== undefined) this.#values.delete(name)
    } catch {
      this.#storage = undefined
    }
    return this.#values.get(name) ?? null
  }

  /** @param {string} name @param {string} value */
  setItem(name, value) {
    this.#values.set(name, value)
    const storage = this.#storage
    try {
      storage?.setItem(name, value)
      if (storage === undefined || storage.getItem(name) === value) return
    } catch {
      // It is full, or the browser has taken it away.
    }
    this.#storage = undefined
    try {
      // The value that stands there is out of date.
      storage?.removeItem(name)
    } catch {
      // Nor can it be removed.
    }
  }

  /** @param {string} name */
  removeItem(name) {
    this.#values.delete(name)
    try {
      this.#storage?.removeItem(name)
    } catch {
      this.#storage = undefined
    }
  }
}

/** The storage that all tabs of an origin share; undefined if the browser has none or denies it. @returns {Store | undefined} */
export function sharedStorage() {
  try {
    return globalThis.localStorage
  } catch {
    return undefined
  }
}
