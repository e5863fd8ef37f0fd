// A program in TypeScript that uses the packed client as the README does: its types have to suffice for that.
import { TrustClient, TrustError } from 'nostr-trust'

const trust = new TrustClient({ base: 'https://trust.example' })
const { trust_tier } = await trust.signIn()
trust.addEventListener('signedout', ({ detail }) => console.log(detail.why.length, detail.identity.npub))
const tier: 'anonymous' | 'new' | 'established' | 'trusted' | 'elite' = trust_tier

const job = await trust.createJob({ prompt: 'hello' })
const { state, result } = await trust.finished(job.id, { onChange: it => console.log(it.state) })
const { trust_score, next_tier } = await trust.trust().catch((error: TrustError) => Promise.reject(error.code))
console.log(tier, state, result, trust_score.toFixed(1), next_tier?.sats)

// @ts-expect-error it has no such method
trust.signInn()
