// Signs the challenge's template, unchanged, with nostr-tools' finalizeEvent, and prints what verify answers.
import { finalizeEvent, generateSecretKey } from 'nostr-tools/pure'

const base = process.argv[2]
const post = (path, body) =>
  fetch(base + path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })

const challenge = await (await post('/api/identity/challenge', {})).json()
const event = finalizeEvent(challenge.event_template, generateSecretKey())
const answer = await post('/api/identity/verify', { event })
console.log(JSON.stringify({ status: answer.status, signer: event.pubkey, ...(await answer.json()) }))
