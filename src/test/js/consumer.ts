// A program in TypeScript that uses the packed client as the README does: its types have to suffice for that.
import { TrustClient, TrustError, keyOf, throwawaySigner, type Signer, type SignedEvent, type EventTemplate } from 'nostr-trust'

const trust = new TrustClient({ base: 'https://trust.example' })
const { trust_tier } = await trust.signIn()
trust.addEventListener('signedout', ({ detail }) => console.log(detail.why.length, detail.identity.npub))
const tier: 'anonymous' | 'new' | 'established' | 'trusted' | 'elite' = trust_tier

const token: string | null = await trust.token()
console.log(token?.length)

const job = await trust.createJob({ prompt: 'hello' })
const { state, result } = await trust.finished(job.id, { onChange: it => console.log(it.state) })
const { trust_score, next_tier } = await trust.trust().catch((error: TrustError) => Promise.reject(error.code))
console.log(tier, state, result, trust_score.toFixed(1), next_tier?.sats, keyOf('npub1'))
console.log(new TrustError('x', 'y').violations.map(({ field, message }) => field + message))

// Any object with kind, getPublicKey and signEvent is a signer.
const signed: SignedEvent = { ...({} as EventTemplate), id: '', pubkey: '', sig: '' }
const inferred = { kind: 'pocket', getPublicKey: async () => '', signEvent: async (template: EventTemplate) => ({ ...signed, ...template }) }
const atOnce = { kind: 'pocket', getPublicKey: () => '', signEvent: () => signed }
const bare = { kind: 'pocket', getPublicKey: async () => '', signEvent: async () => 'the signature alone' }
class Device {
  readonly kind = 'device'
  readonly vendor = 'a vendor'
  async getPublicKey() { return '' }
  async signEvent(template: { kind: number; content: string; tags: string[][]; created_at: number }) { return { ...signed, ...template } }
}
const browser = { kind: 'browser', getPublicKey: async () => '', signEvent: async (event: any): Promise<any> => event }
for (const signer of [inferred, atOnce, bare, new Device(), browser, throwawaySigner()] satisfies Signer[]) trust.use(signer)
new TrustClient({ signer: inferred, storage: { getItem: () => null, setItem: () => {}, removeItem: () => {} } })
const own: SignedEvent = await throwawaySigner().signEvent({ kind: 1, created_at: 0, content: '', tags: [] })
const kind: string | null = trust.signedInWith
console.log(own.id, kind)

// @ts-expect-error it has no such method
trust.signInn()
// @ts-expect-error it does not sign
trust.use({ kind: 'pocket', getPublicKey: async () => '' })
