// Signs the test vectors of BIP-340 that have a secret key with the client's throwaway signer, and counts.
import { readFileSync } from 'node:fs'

const [client, vectors] = process.argv.slice(2)
const { signSchnorr, publicKeyOf } = await import(client)
const bytes = hex => Uint8Array.from(hex.match(/../g) ?? [], pair => parseInt(pair, 16))
const hex = array => Buffer.from(array).toString('hex').toUpperCase()

let right = 0
let wrong = 0
for (const line of readFileSync(vectors, 'utf8').split('\n').slice(1)) {
  const [, secret, publicKey, random, message, signature] = line.split(',')
  if (!secret) continue
  const made = hex(await signSchnorr(bytes(message), bytes(secret), bytes(random)))
  const same = made === signature && publicKeyOf(bytes(secret)).toUpperCase() === publicKey
  same ? right++ : wrong++
}
console.log(`${right} signed as expected, ${wrong} otherwise`)
