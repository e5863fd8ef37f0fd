// Signs in with the packed client through a remote signer (NIP-46): a signer that holds a key, a relay between the two,
// and nostr-tools on both sides. Prints what came of it.
import { startBunker } from './bunker.mjs'
import * as nip46 from 'nostr-tools/nip46'
import { finalizeEvent, generateSecretKey, getPublicKey } from 'nostr-tools/pure'
import { TrustClient, remoteSigner } from 'nostr-trust'

const [base] = process.argv.slice(2)
const userKey = generateSecretKey()
let willing = true

/** What the signer answers. */
function answer(method, params) {
  if (method === 'connect') return { result: params[1] === 'only-once' ? 'ack' : '', error: params[1] === 'only-once' ? undefined : 'wrong secret' }
  if (method === 'get_public_key') return { result: getPublicKey(userKey) }
  if (method === 'sign_event' && willing) return { result: JSON.stringify(finalizeEvent(JSON.parse(params[0]), userKey)) }
  return { error: 'denied by its user' }
}

const { address } = await startBunker(answer)

class Memory {
  #values = new Map()
  getItem(name) { return this.#values.get(name) ?? null }
  setItem(name, value) { this.#values.set(name, value) }
  removeItem(name) { this.#values.delete(name) }
}

const codeOf = attempt => attempt.then(() => 'none', error => error.code)
const tools = () => ({ nip46, clientKey: generateSecretKey(), timeout: 5_000 })

const wrongSecret = await codeOf(remoteSigner(address('guessed'), tools()))
const noAddress = await codeOf(remoteSigner('not an address', tools()))
const signer = await remoteSigner(address('only-once'), tools())
const trust = new TrustClient({ base, signer, storage: new Memory() })
const identity = await trust.signIn()
const job = await trust.createJob({ prompt: 'hello' })
willing = false
const refused = await codeOf(trust.signIn())
await trust.signOut()
await signer.close()

console.log(JSON.stringify({
  user: getPublicKey(userKey), pubkey: identity.pubkey, tier: identity.trust_tier, owner: job.nostr_pubkey,
  wrongSecret, noAddress, refused, with: signer.kind,
}))
process.exit(0)
