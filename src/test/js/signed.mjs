// Signs requests with the function that docs/login.md shows, sends them, and prints the statuses of the answers.
import { generateSecretKey } from 'nostr-tools/pure'
import { authorization } from './documented.mjs'

const [base, origin] = process.argv.slice(2)
const key = generateSecretKey()

async function send(method, path, body) {
  const headers = { Authorization: authorization(method, origin + path, body, key), 'Content-Type': 'application/json' }
  return (await fetch(base + path, { method, headers, body })).status
}

const order = JSON.stringify({ request: { prompt: 'hello' } })
console.log(JSON.stringify([
  await send('POST', '/api/jobs', order),
  await send('POST', '/api/jobs', order),
  await send('POST', '/api/sessions'),
  await send('GET', '/api/identity/me/jobs?limit=1')
]))
