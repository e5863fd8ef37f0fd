// Keys that sign (BIP-340) with one hash and one multiplication, so that signing does not hold the generator up:
//   s = k + e·d mod n, with the point R = k·G computed once.
//
// All keys of a run use one and the same k. Anyone who sees two signatures made with one k can compute the secret keys.
// These are throwaway keys for load, made anew for each run, and nothing else may ever sign like this.

import { createHash, randomBytes, sha256 } from 'k6/crypto'
import { SharedArray } from 'k6/data'
import { b64decode, b64encode } from 'k6/encoding'
import { add, GENERATOR, multiple, ORDER } from './secp256k1.js'
import { number } from './settings.js'

/**
 * In hexadecimal, but for the preamble: what comes before the message in what is hashed, in base64, which k6 decodes by itself.
 * @typedef {{pubkey: string, secret: string, nonce: string, noncePoint: string, preamble: string}} LoadKey
 */
/** @typedef {{kind: number, created_at: number, content: string, tags: string[][]}} Template */

const TAG = sha256('BIP0340/challenge', 'hex')

/** One pool for all virtual users. @type {LoadKey[]} */
const pool = new SharedArray('load keys', () => makeKeys(number('KEYS', 1000, 20)))

/**
 * A key of the pool. There are KEYS of them; beyond that, numbers share keys.
 * @param {number} index
 */
export function loadKey(index) {
  return pool[index % pool.length]
}

/**
 * The template as it is, with pubkey, id and signature.
 * @param {LoadKey} key
 * @param {Template} template
 */
export function signed(key, template) {
  const { created_at, kind, tags, content } = template
  const serialized = JSON.stringify([0, key.pubkey, created_at, kind, tags, content])
  const sig = signature(key, sha256(serialized, 'binary'))
  return { ...template, pubkey: key.pubkey, id: sha256(serialized, 'hex'), sig }
}

/**
 * @param {LoadKey} key
 * @param {ArrayBuffer} message 32 bytes
 */
function signature(key, message) {
  const hash = createHash('sha256')
  hash.update(b64decode(key.preamble))
  hash.update(message)
  const s = (fromHex(key.nonce) + fromHex(hash.digest('hex')) * fromHex(key.secret)) % ORDER
  return key.noncePoint + toHex(s)
}

/** Secrets in a row from a random one on: each next key costs one addition of points. @param {number} count */
function makeKeys(count) {
  const nonce = randomSecret()
  const point = multiple(nonce)
  const shared = { nonce: toHex(evenSecret(nonce, point)), noncePoint: toHex(point.x) }
  /** @type {LoadKey[]} */
  const keys = []
  let secret = randomSecret()
  for (let own = multiple(secret); keys.length < count; secret++, own = add(own, GENERATOR)) {
    const pubkey = toHex(own.x)
    const preamble = b64encode(bytes(TAG + TAG + shared.noncePoint + pubkey))
    keys.push({ ...shared, pubkey, secret: toHex(evenSecret(secret, own)), preamble })
  }
  return keys
}

/**
 * BIP-340 means the point with the even y by every x: where ours is the other one, its negative signs.
 * @param {bigint} secret
 * @param {import('./secp256k1.js').Point} point
 */
function evenSecret(secret, point) {
  return point.y & 1n ? ORDER - secret : secret
}

/** With 248 bits, it is below ORDER, and so are those that follow. */
function randomSecret() {
  const hex = Array.from(new Uint8Array(randomBytes(31)), byte => byte.toString(16).padStart(2, '0')).join('')
  return fromHex(hex) + 1n
}

/** @param {string} hex */
function fromHex(hex) {
  return BigInt('0x' + hex)
}

/** @param {bigint} value */
function toHex(value) {
  return value.toString(16).padStart(64, '0')
}

/** @param {string} hex */
function bytes(hex) {
  const array = new Uint8Array(hex.length / 2)
  for (let i = 0; i < array.length; i++) {
    array[i] = parseInt(hex.substring(2 * i, 2 * i + 2), 16)
  }
  return array.buffer
}
