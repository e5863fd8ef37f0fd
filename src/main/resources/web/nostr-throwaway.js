// A key that is created and stored in this browser, for users without a signer. Do not use it for an identity that matters: anyone
// who can run a script on this page, or read this browser's storage, has the key.

import { TrustError } from './nostr-calls.js'
import { SafeStorage, sharedStorage } from './nostr-storage.js'

const P = 2n ** 256n - 2n ** 32n - 977n
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const G = /** @type {Point} */ ([
  0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
  0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n,
])

/**
 * @typedef {[bigint, bigint]} Point on secp256k1, by its coordinates
 * @typedef {import('./nostr-signers.js').OwnSigner} OwnSigner
 * @typedef {import('./nostr-storage.js').Store} Store
 */

/** @type {(a: bigint, m: bigint) => bigint} */
const mod = (a, m) => ((a % m) + m) % m

/**
 * The inverse of a modulo m, by Euclid.
 * @param {bigint} a
 * @param {bigint} m
 */
function inverse(a, m) {
  let [r, s] = [mod(a, m), m]
  let [x, y] = [1n, 0n]
  while (r > 1n) {
    const q = s / r
    ;[s, r] = [r, s % r]
    ;[y, x] = [x, y - q * x]
  }
  return mod(x, m)
}

/**
 * The sum of two points; null is the point at infinity.
 * @param {Point | null} a
 * @param {Point | null} b
 * @returns {Point | null}
 */
function add(a, b) {
  if (a === null) return b
  if (b === null) return a
  if (a[0] === b[0] && a[1] !== b[1]) return null
  const slope = a[0] === b[0] ? 3n * a[0] * a[0] * inverse(2n * a[1], P) : (b[1] - a[1]) * inverse(b[0] - a[0], P)
  const x = mod(slope * slope - a[0] - b[0], P)
  return [x, mod(slope * (a[0] - x) - a[1], P)]
}

/**
 * k times the generator, for k from 1 to N - 1. Not in constant time.
 * @param {bigint} k
 * @returns {Point}
 */
function multiple(k) {
  let sum = /** @type {Point | null} */ (null)
  for (let double = /** @type {Point | null} */ (G); k > 0n; k >>= 1n, double = add(double, double)) {
    if (k & 1n) sum = add(sum, double)
  }
  return /** @type {Point} */ (sum)
}

/** @type {(bytes: Uint8Array) => string} */
const hex = bytes => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')

/** @type {(text: string) => Uint8Array<ArrayBuffer>} */
const bytesOf = text => Uint8Array.from(text.match(/../g) ?? [], pair => parseInt(pair, 16))

/** @type {(bytes: Uint8Array) => bigint} */
const numberOf = bytes => BigInt('0x' + hex(bytes))

/** @type {(number: bigint) => Uint8Array<ArrayBuffer>} */
const bytes32 = number => bytesOf(number.toString(16).padStart(64, '0'))

/** @type {(...parts: Uint8Array[]) => Promise<Uint8Array<ArrayBuffer>>} */
const sha256 = async (...parts) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(parts.flatMap(part => [...part]))))

/** @type {(tag: string, ...parts: Uint8Array[]) => Promise<Uint8Array<ArrayBuffer>>} */
async function tagged(tag, ...parts) {
  const hash = await sha256(new TextEncoder().encode(tag))
  return sha256(hash, hash, ...parts)
}

/**
 * Signs 32 bytes (BIP-340).
 *
 * @param {Uint8Array} message
 * @param {Uint8Array} secret 32 bytes, a number from 1 to N - 1
 * @param {Uint8Array} random 32 bytes, new each time
 * @returns {Promise<Uint8Array>} 64 bytes
 */
export async function signSchnorr(message, secret, random = crypto.getRandomValues(new Uint8Array(32))) {
  const key = multiple(numberOf(secret))
  const d = key[1] & 1n ? N - numberOf(secret) : numberOf(secret)
  const mask = numberOf(await tagged('BIP0340/aux', random))
  const k = mod(numberOf(await tagged('BIP0340/nonce', bytes32(d ^ mask), bytes32(key[0]), message)), N)
  const r = multiple(k)
  const nonce = r[1] & 1n ? N - k : k
  const e = numberOf(await tagged('BIP0340/challenge', bytes32(r[0]), bytes32(key[0]), message))
  return new Uint8Array([...bytes32(r[0]), ...bytes32(mod(nonce + e * d, N))])
}

/** The public key of a secret one, in hex. @param {Uint8Array} secret */
export const publicKeyOf = secret => hex(bytes32(multiple(numberOf(secret))[0]))

/** Whether 32 bytes are a secret key; all but one in 2^128 are. @param {Uint8Array} bytes */
const isKey = bytes => numberOf(bytes) > 0n && numberOf(bytes) < N

/** @returns {Uint8Array} */
function newSecret() {
  const secret = crypto.getRandomValues(new Uint8Array(32))
  return isKey(secret) ? secret : newSecret()
}

/**
 * A signer with a key of its own, made when it is needed first and kept in the storage.
 *
 * @param {{storage?: Store, name?: string}} [options] where the key is kept, and under which name
 * @returns {OwnSigner & {forget(): void}} `forget` destroys the key
 */
export function throwawaySigner({ storage = sharedStorage(), name = 'nostr-trust-throwaway' } = {}) {
  const store = new SafeStorage(storage)
  const secret = () => {
    if (globalThis.crypto?.subtle === undefined) {
      throw new TrustError('insecure_context', 'Throwaway keys need a page of https or localhost.')
    }
    // Read each time: what another tab has destroyed stays destroyed.
    const kept = store.getItem(name) ?? ''
    if (/^[0-9a-f]{64}$/.test(kept) && isKey(bytesOf(kept))) return bytesOf(kept)
    const made = newSecret()
    store.setItem(name, hex(made))
    return made
  }
  return {
    kind: 'throwaway',
    getPublicKey: async () => publicKeyOf(secret()),
    async signEvent({ kind, created_at, content, tags }) {
      const pubkey = publicKeyOf(secret())
      const text = JSON.stringify([0, pubkey, created_at, kind, tags, content])
      const id = await sha256(new TextEncoder().encode(text))
      const sig = await signSchnorr(id, secret())
      return { id: hex(id), pubkey, created_at, kind, tags, content, sig: hex(sig) }
    },
    forget: () => store.removeItem(name),
  }
}
