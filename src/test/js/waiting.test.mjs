// How the browser client waits for jobs, and keeps a login whose token has expired, against a server that counts its requests.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, beforeEach, test } from 'node:test'

const { TrustClient } = await import(`${process.env.CLIENT}/nostr-trust.js`)

/** Jobs by id, and what was asked: `most` is how many requests there were at once. */
const server = { jobs: new Map(), asked: [], open: 0, most: 0, isOld: false, changed: () => {} }
const job = (id, state) => ({ id, state })
const changesOf = known => ({
  jobs: Object.entries(known).filter(([id, state]) => server.jobs.has(id) && server.jobs.get(id) !== state).map(([id]) => job(id, server.jobs.get(id))),
  missing: Object.keys(known).filter(id => !server.jobs.has(id)),
})
/** Answers as the server does: when something differs, or after the wait. */
async function changes(known, wait) {
  const end = Date.now() + wait * 1000
  for (;;) {
    const found = changesOf(known)
    const left = end - Date.now()
    if (found.jobs.length + found.missing.length > 0 || left <= 0) return found
    await new Promise(resolve => {
      const timer = setTimeout(resolve, left)
      server.changed = () => (clearTimeout(timer), resolve())
    })
  }
}
const http = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://x')
  server.asked.push(`${request.method} ${url.pathname}`)
  server.most = Math.max(server.most, ++server.open)
  response.on('close', () => server.open--)
  let body = ''
  for await (const part of request) body += part
  const answer = (status, json) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(json))
  const id = url.pathname.split('/')[3]
  if (url.pathname === '/api/jobs/changes') {
    if (server.isOld) return answer(404, { code: 'not_found', detail: 'There is no such page.' })
    return answer(200, await changes(JSON.parse(body).jobs, Number(url.searchParams.get('wait') ?? 0)))
  }
  if (url.pathname.startsWith('/api/jobs/')) {
    return server.jobs.has(id) ? answer(200, job(id, server.jobs.get(id))) : answer(404, { code: 'job_not_found', detail: 'No.' })
  }
  return server.answer(request, answer)
})
let base
before(() => new Promise(listening => http.listen(0, '127.0.0.1', listening)))
after(() => {
  http.close()
  http.closeAllConnections()
})
beforeEach(() => {
  Object.assign(server, { jobs: new Map(), asked: [], most: 0, isOld: false })
  base = `http://127.0.0.1:${http.address().port}`
})

const idOf = number => `019b76da-b1c2-7d4e-8f00-${String(number).padStart(12, '0')}`
function set(number, state) {
  server.jobs.set(idOf(number), state)
  server.changed()
}
const numbers = count => Array.from({ length: count }, (_, number) => number)
const storage = () => {
  const values = new Map()
  return { values, getItem: name => values.get(name) ?? null, setItem: (name, value) => void values.set(name, value), removeItem: name => void values.delete(name) }
}
const opened = []
after(() => opened.forEach(it => it.close()))
function client(store = storage()) {
  const made = new TrustClient({ base, storage: store })
  opened.push(made)
  return made
}
const until = async so => {
  while (!so()) await new Promise(resolve => setTimeout(resolve, 5))
}
const codeOf = attempt => attempt.then(() => 'none', error => (typeof error.code === 'string' ? error.code : error.name))

for (const count of [6, 100, 250]) {
  test(`${count} jobs of two clients are waited for by one request at a time`, async () => {
    numbers(count).forEach(number => set(number, 'queued'))
    const clients = [client(), client()]
    const seen = []

    const ends = numbers(count).map(number => clients[number % 2].finished(idOf(number), { onChange: it => seen.push(it.state) }))
    await until(() => seen.length === count)
    numbers(count).forEach(number => set(number, number % 3 === 0 ? 'failed' : 'succeeded'))

    const states = (await Promise.all(ends)).map(it => it.state)
    assert.deepEqual(states, numbers(count).map(number => (number % 3 === 0 ? 'failed' : 'succeeded')))
    assert.ok(server.most <= 2, `${server.most} at once`)
    assert.deepEqual([...new Set(server.asked)], ['POST /api/jobs/changes'])
  })
}

test('a job that is added while others are waited for is answered for too', async () => {
  set(1, 'queued')
  const first = client().finished(idOf(1))
  await until(() => server.open === 1)
  set(2, 'succeeded')

  assert.equal((await client().finished(idOf(2))).state, 'succeeded')
  set(1, 'cancelled')
  assert.equal((await first).state, 'cancelled')
})

test('one wait that is given up, or is for no job, disturbs no other', async () => {
  set(1, 'queued')
  set(2, 'queued')
  const trust = client()
  const end = new AbortController()
  const [left, stays, twice] = [trust.finished(idOf(1), { signal: end.signal }), trust.finished(idOf(2)), trust.finished(idOf(2).toUpperCase())]
  const [missing, nonsense] = [codeOf(trust.finished(idOf(3))), codeOf(trust.finished('../me'))]

  assert.equal(await missing, 'job_not_found')
  assert.equal(await nonsense, 'job_not_found')
  end.abort()
  assert.equal(await codeOf(left), 'AbortError')
  set(2, 'expired')
  assert.equal((await stays).state, 'expired')
  assert.equal((await twice).state, 'expired')
})

test('a server that does not know the request is asked for one job after the other', async () => {
  server.isOld = true
  numbers(5).forEach(number => set(number, 'succeeded'))

  const jobs = await Promise.all(numbers(5).map(number => client().finished(idOf(number))))

  assert.equal(jobs.length, 5)
  assert.equal(server.most, 1)
})

const tokenOf = (name, iat = Math.floor(Date.now() / 1000)) => `${name}.${Buffer.from(JSON.stringify({ iat })).toString('base64url')}.s`
const login = name => ({
  nostr_token: tokenOf(name), expires_at: new Date(Date.now() + 3_600_000).toISOString(), pubkey: 'ab'.repeat(32), npub: 'npub1', trust_tier: 'new', trust_score: 10,
})
function keptSince(milliseconds) {
  const kept = storage()
  const identity = { pubkey: 'ab'.repeat(32), npub: 'npub1', trust_tier: 'new', trust_score: 10 }
  const endsAt = Date.now() + 3_600_000 - milliseconds
  kept.setItem(`nostr-trust-login ${base}`, JSON.stringify({ token: tokenOf('old'), endsAt, renewAt: endsAt - 720_000, identity, signer: 'pocket' }))
  return kept
}
/** Refreshes with this answer; every other request takes the new token only. */
function answering(refreshed) {
  server.answer = (request, answer) => {
    if (request.url === '/api/identity/refresh') return answer(...refreshed)
    return request.headers.authorization?.startsWith('Bearer new.') ? answer(200, { jobs: [], next_before: null }) : answer(401, { code: 'token_expired', detail: 'It has expired.' })
  }
}

test('a token that has expired is renewed once for all calls, and they go on with the new one', async () => {
  answering([200, login('new')])
  const trust = client(keptSince(7_200_000))

  await Promise.all([trust.jobs(), trust.jobs(), trust.jobs()])

  assert.deepEqual(server.asked.filter(it => it.endsWith('/refresh')).length, 1)
  assert.notEqual(trust.identity, null)
})

test('a token that only the server takes for expired is renewed, and the call is sent again', async () => {
  answering([200, login('new')])
  const trust = client(keptSince(0))

  assert.deepEqual((await trust.jobs()).jobs, [])

  assert.deepEqual(server.asked, ['GET /api/identity/me/jobs', 'POST /api/identity/refresh', 'GET /api/identity/me/jobs'])
})

for (const code of ['token_reused', 'token_revoked', 'token_expired', 'identity_blocked']) {
  test(`a refresh that is refused with ${code} signs out and says why`, async () => {
    answering([401, { code, detail: 'No.' }])
    const trust = client(keptSince(7_200_000))
    const why = []
    trust.addEventListener('signedout', ({ detail }) => why.push(detail.why))

    assert.equal(await codeOf(trust.createJob({})), code)

    assert.deepEqual(why, [code])
    assert.equal(trust.identity, null)
    assert.equal(server.asked.some(it => it === 'POST /api/jobs'), false)
  })
}

test('a refresh that fails for a moment signs nobody out', async () => {
  answering([503, { code: 'overloaded', detail: 'Later.' }])
  const trust = client(keptSince(7_200_000))

  assert.equal(await codeOf(trust.jobs()), 'overloaded')
  assert.notEqual(trust.identity, null)
  answering([200, login('new')])
  assert.deepEqual((await trust.jobs()).jobs, [])
})
