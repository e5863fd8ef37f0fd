// Just enough of the curve to make load keys. It takes no care to hide what it computes with, and neither do they.

/** @typedef {{x: bigint, y: bigint}} Point */

const FIELD = 2n ** 256n - 2n ** 32n - 977n

/** How many multiples of the generator there are. */
export const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** @type {Point} */
export const GENERATOR = {
  x: 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
  y: 0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n
}

/**
 * A multiple of the generator.
 * @param {bigint} times from 1 to ORDER - 1
 * @returns {Point}
 */
export function multiple(times) {
  /** @type {Point | null} */
  let sum = null
  for (let power = GENERATOR, rest = times; rest > 0n; rest >>= 1n) {
    if (rest & 1n) {
      sum = sum === null ? power : add(sum, power)
    }
    power = add(power, power)
  }
  return /** @type {Point} */ (sum)
}

/**
 * The sum of two points that are not each other's negative.
 * @param {Point} a
 * @param {Point} b
 * @returns {Point}
 */
export function add(a, b) {
  const slope = a.x === b.x
    ? reduce(3n * a.x * a.x * inverse(2n * a.y))
    : reduce((b.y - a.y) * inverse(b.x - a.x))
  const x = reduce(slope * slope - a.x - b.x)
  return { x, y: reduce(slope * (a.x - x) - a.y) }
}

/** @param {bigint} value */
function reduce(value) {
  const rest = value % FIELD
  return rest < 0n ? rest + FIELD : rest
}

// Euclid, with no [a, b] = [b, a] in it: k6 walks an iterator for each, which takes eight times as long.
/** @param {bigint} value not a multiple of FIELD */
function inverse(value) {
  let a = reduce(value)
  let b = FIELD
  let x = 1n
  let y = 0n
  while (a > 1n) {
    const quotient = b / a
    const nextA = b - quotient * a
    const nextX = y - quotient * x
    b = a
    y = x
    a = nextA
    x = nextX
  }
  return reduce(x)
}
