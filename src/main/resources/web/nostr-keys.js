// Public keys in the forms in which signers and people write them.

const CHARSET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]

/**
 * The key in lower-case hex, as Nostr events have it (NIP-01).
 *
 * @param {unknown} text 64 hex digits in any case; with the prefix 02 or 03 of a compressed point or as an uncompressed one; an
 *   npub (NIP-19), also as a `nostr:` address (NIP-21); white space around it is ignored
 * @returns {string | undefined} undefined for anything else
 */
export function keyOf(text) {
  if (typeof text !== 'string') return undefined
  const key = text.trim().replace(/^nostr:/i, '').replace(/^0x/i, '')
  const hex = /^(?:(?:0[23])?([0-9a-f]{64})|04([0-9a-f]{64})[0-9a-f]{64})$/i.exec(key)
  if (hex !== null) return (hex[1] ?? hex[2]).toLowerCase()
  // Bech32 is in one case throughout.
  return key === key.toLowerCase() || key === key.toUpperCase() ? npubBytes(key.toLowerCase()) : undefined
}

/** The key of an npub with a right checksum (BIP-173), in hex. @param {string} npub */
function npubBytes(npub) {
  if (!/^npub1[02-9ac-hj-np-z]{58}$/.test(npub)) return undefined
  const words = [...npub.slice(5)].map(letter => CHARSET.indexOf(letter))
  const prefix = [...'npub'].map(letter => letter.charCodeAt(0))
  if (checksum([...prefix.map(code => code >> 5), 0, ...prefix.map(code => code & 31), ...words]) !== 1) return undefined
  const bits = words.slice(0, -6).map(word => word.toString(2).padStart(5, '0')).join('')
  const bytes = bits.match(/.{8}/g) ?? []
  return bytes.map(byte => parseInt(byte, 2).toString(16).padStart(2, '0')).join('')
}

/** @param {number[]} values */
function checksum(values) {
  let sum = 1
  for (const value of values) {
    const top = sum >>> 25
    sum = ((sum & 0x1ffffff) << 5) ^ value
    GENERATOR.forEach((term, bit) => (top >>> bit) & 1 && (sum ^= term))
  }
  return sum
}
