// The browser client without a browser: what signers, storages and keys are like in the field. Run by node --test, with the
// directory of the client in CLIENT.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { after, before, beforeEach, test } from 'node:test'
import { promisify } from 'node:util'
import { startBunker } from './bunker.mjs'
import * as nip46 from 'nostr-tools/nip46'
import { finalizeEvent, generateSecretKey, getPublicKey } from 'nostr-tools/pure'
import { nip19 } from 'nostr-tools'

const client = name => import(`${process.env.CLIENT}/${name}`)
const { TrustClient, TrustError, keyOf, remoteSigner, throwawaySigner } = await client('nostr-trust.js')
const { AccountWatch } = await client('nostr-account.js')
const { costOfCancelling } = await client('page/model.js')

const secret = generateSecretKey()
const pubkey = getPublicKey(secret)
const CHALLENGE = 'ab'.repeat(32)

/** A server that knows challenge and verify, and hands out what it got; its clock can be set. */
const server = { sent: [], ahead: 0, refusal: null, isBehind: false }
const http = createServer(async (request, response) => {
  let body = ''
  for await (const part of request) body += part
  const answer = (status, json) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(json))
  const created_at = Math.floor(Date.now() / 1000) + server.ahead
  if (request.url.endsWith('/challenge')) {
    const tags = [['u', 'https://trust.example/api/identity/verify'], ['method', 'POST'], ['challenge', CHALLENGE]]
    return answer(200, { nonce: CHALLENGE, event_template: { kind: 27235, created_at, content: '', tags } })
  }
  if (!request.url.endsWith('/verify')) {
    return server.isBehind ? answer(401, { code: 'token_not_yet_valid', detail: 'Not yet.' }) : response.writeHead(204).end()
  }
  const { event } = JSON.parse(body)
  server.sent.push(event)
  if (server.refusal !== null) return answer(401, { code: server.refusal, detail: 'No.' })
  const claims = Buffer.from(JSON.stringify({ iat: created_at })).toString('base64url')
  answer(200, { nostr_token: `h.${claims}.s`, expires_at: new Date((created_at + 3600) * 1000).toISOString(),
    pubkey: event.pubkey, npub: 'npub1', trust_tier: 'new', trust_score: 10 })
})
let base
before(() => new Promise(listening => http.listen(0, '127.0.0.1', () => {
  base = `http://127.0.0.1:${http.address().port}`
  listening()
})))
after(() => {
  http.close()
  http.closeAllConnections()
})
beforeEach(() => Object.assign(server, { sent: [], ahead: 0, refusal: null, isBehind: false }))

class Memory {
  values = new Map()
  getItem(name) { return this.values.get(name) ?? null }
  setItem(name, value) { this.values.set(name, String(value)) }
  removeItem(name) { this.values.delete(name) }
}

const sign = template => finalizeEvent(template, secret)
const signerThat = (signEvent, more = {}) => ({ kind: 'pocket', getPublicKey: () => pubkey, signEvent, ...more })
const opened = []
after(() => opened.forEach(it => it.close()))
function clientWith(signer, storage = new Memory()) {
  const made = new TrustClient({ base, signer, storage })
  opened.push(made)
  return made
}
const failure = attempt => attempt.then(() => assert.fail('it was not refused'), error => error)

for (const [name, answer] of Object.entries({
  'a signed event': sign,
  'a promise of one': async template => sign(template),
  'a bare signature': template => sign(template).sig,
  'a bare signature in upper case': template => sign(template).sig.toUpperCase(),
  'its signature as an object': template => ({ sig: sign(template).sig }),
  'its signature under another name': template => ({ signature: sign(template).sig }),
  'id and signature': template => ({ id: sign(template).id, sig: sign(template).sig }),
  'the event as JSON': template => JSON.stringify(sign(template)),
  'the event within an object': template => ({ event: sign(template) }),
  'the event as JSON within an object': template => ({ error: null, result: JSON.stringify(sign(template)) }),
  'an event with a tag of its own': template => sign({ ...template, tags: [...template.tags, ['client', 'x']] }),
  'an event with a time of its own': template => sign({ ...template, created_at: template.created_at + 3 }),
})) {
  test(`a signer that answers with ${name} signs in`, async () => {
    const identity = await clientWith(signerThat(answer)).signIn()

    assert.equal(identity.pubkey, pubkey)
    assert.deepEqual(Object.keys(server.sent[0]).sort(), ['content', 'created_at', 'id', 'kind', 'pubkey', 'sig', 'tags'])
    const { id, sig } = sign(server.sent[0])
    assert.equal(server.sent[0].id, id)
    assert.equal(server.sent[0].sig.length, sig.length)
  })
}

test('a backend gets the token of the user who is signed in', async () => {
  const trust = clientWith(signerThat(sign))
  assert.equal(await trust.token(), null)

  await trust.signIn()

  assert.match(await trust.token(), /^h\..+\.s$/)
  await trust.signOut()
  assert.equal(await trust.token(), null)
})

/** What signers sign instead of what they are asked to. */
const INSTEAD = {
  'another kind': template => ({ ...template, kind: 1 }),
  'another address': template => ({ ...template, tags: [['u', 'https://evil.example/'], ...template.tags.slice(1)] }),
  'a second address': template => ({ ...template, tags: [...template.tags, ['u', 'https://evil.example/']] }),
  'another challenge': template => ({ ...template, tags: [...template.tags.slice(0, 2), ['challenge', 'cd'.repeat(32)]] }),
  'no tags': template => ({ ...template, tags: [] }),
  'another content': template => ({ ...template, content: 'I owe you' }),
}

for (const [name, answer, code] of [
  ['null', () => null, 'signer_refused'],
  ['nothing', () => undefined, 'signer_refused'],
  ['an empty text', () => '', 'signer_refused'],
  ['false', () => false, 'signer_refused'],
  ['an error', () => ({ error: 'denied' }), 'signer_refused'],
  ['an exception', () => { throw new Error('denied') }, 'signer_refused'],
  ['a text', () => 'denied', 'signer_invalid'],
  ['a number', () => 7, 'signer_invalid'],
  ['a list', () => [], 'signer_invalid'],
  ['an empty object', () => ({}), 'signer_invalid'],
  ['an event without a signature', template => ({ ...template, pubkey }), 'signer_invalid'],
  ['a short signature', template => ({ ...sign(template), sig: 'ab' }), 'signer_invalid'],
  ...Object.entries(INSTEAD).map(([name, change]) => [name, template => sign(change(template)), 'signer_changed_event']),
  ['the id of another event', template => ({ id: sign({ ...template, kind: 1 }).id, sig: sign(template).sig }), 'signer_changed_event'],
]) {
  test(`a signer that answers with ${name} is named, and nothing is sent`, async () => {
    const error = await failure(clientWith(signerThat(answer)).signIn())

    assert.ok(error instanceof TrustError)
    assert.equal(error.code, code)
    assert.match(error.message, /“pocket”/)
    assert.deepEqual(server.sent, [])
  })
}

/** One key as signers write it. */
const FORMS = {
  'an npub': nip19.npubEncode(pubkey),
  'an npub in upper case': nip19.npubEncode(pubkey).toUpperCase(),
  'a nostr: address': `nostr:${nip19.npubEncode(pubkey)}`,
  'hex in upper case': pubkey.toUpperCase(),
  'a compressed point': `02${pubkey}`,
  'the other compressed point': `03${pubkey}`,
  'hex between blanks': ` ${pubkey}\n`,
}

for (const [name, form] of Object.entries(FORMS)) {
  test(`${name} is the same key`, async () => {
    assert.equal(keyOf(form), pubkey)

    const trust = clientWith(signerThat(sign, { getPublicKey: () => form }))
    assert.equal((await trust.signIn()).pubkey, pubkey)
    assert.equal((await trust.signIn({ pubkey: form })).pubkey, pubkey)
  })
}

test('a key with a wrong letter is no key', () => {
  const npub = nip19.npubEncode(pubkey)
  for (const text of [npub.slice(0, -1) + (npub.endsWith('q') ? 'p' : 'q'), `N${npub.slice(1)}`, npub.slice(0, -1), pubkey.slice(1), '', null, false, {}, 7]) {
    assert.equal(keyOf(text), undefined)
  }
})

test('a signer that names one account and signs with another is asked about', async () => {
  const named = getPublicKey(generateSecretKey())
  const trust = clientWith(signerThat(sign, { getPublicKey: () => named }))
  const asked = []

  assert.equal((await failure(trust.signIn())).code, 'signer_wrong_account')
  assert.equal((await failure(trust.signIn({ confirmOtherAccount: it => (asked.push(it), false) }))).code, 'signer_wrong_account')
  assert.deepEqual(server.sent, [])
  await trust.signIn({ confirmOtherAccount: async () => true })

  assert.deepEqual(asked, [{ named, signed: pubkey }])
  assert.equal(trust.identity.pubkey, pubkey)
})

/** What an AccountWatch makes of an answer, when the page gets the focus. */
async function onFocus(answer, expected = pubkey) {
  const listeners = []
  globalThis.addEventListener = (_, listener) => listeners.push(listener)
  let told = false
  const watch = new AccountWatch(() => expected, () => { told = true })
  delete globalThis.addEventListener
  watch.watch(signerThat(sign, { getPublicKey: answer }))
  listeners.forEach(it => it())
  await new Promise(resolve => setTimeout(resolve, 20))
  watch.close()
  return told
}

test('on focus only another key is another account', async () => {
  for (const same of [pubkey, ...Object.values(FORMS), '', ' ', null, undefined, false, {}, 'locked']) {
    assert.equal(await onFocus(async () => same), false, String(same))
  }
  assert.equal(await onFocus(() => { throw new Error('locked') }), false)
  assert.equal(await onFocus(() => nip19.npubEncode(getPublicKey(generateSecretKey()))), true)
})

const denied = () => { throw new Error('denied') }
const full = Object.assign(new Memory(), { setItem: denied })
const silent = Object.assign(new Memory(), { setItem: () => {} })
for (const [name, storage] of Object.entries({
  'that is missing': undefined,
  'that is null': null,
  'that is an empty object': {},
  'that cannot be read': Object.assign(new Memory(), { getItem: denied }),
  'that throws at all': { getItem: denied, setItem: denied, removeItem: denied },
  'that is full': full,
  'that forgets': silent,
  'whose methods cannot be had': Object.defineProperty({}, 'getItem', { get: denied }),
})) {
  test(`with a storage ${name} memory takes its place`, async () => {
    const trust = clientWith(throwawaySigner({ storage }), storage)
    const first = await trust.signIn()
    assert.equal((await trust.signIn()).pubkey, first.pubkey)
    assert.equal(trust.identity.pubkey, first.pubkey)
  })
}

/** A program that is not told of a storage, and signs in twice by a key that is made there. */
const PROGRAM = `
  const { TrustClient, throwawaySigner } = await import(process.env.CLIENT + '/nostr-trust.js')
  const trust = new TrustClient({ base: process.env.BASE, signer: throwawaySigner() })
  const first = await trust.signIn()
  console.log(first.pubkey === (await trust.signIn()).pubkey && trust.identity.pubkey === first.pubkey)
  trust.close()`

for (const [name, setting] of Object.entries({
  'as this version of Node has it': '',
  'that is an empty object': 'globalThis.localStorage = {}',
  'that is no longer there': 'delete globalThis.localStorage',
  'that is undefined': "Object.defineProperty(globalThis, 'localStorage', { value: undefined })",
  'that cannot be had': "Object.defineProperty(globalThis, 'localStorage', { get() { throw new Error('denied') } })",
})) {
  test(`a program with a localStorage ${name} signs in`, async () => {
    const env = { ...process.env, BASE: base }

    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', setting + PROGRAM], { env })

    assert.equal(stdout, 'true\n')
  })
}

test('a storage that fails in the middle is replaced by memory with what was in it', async () => {
  const storage = new Memory()
  const signer = throwawaySigner({ storage })
  const trust = clientWith(signer, storage)
  const first = await trust.signIn()
  Object.assign(storage, { getItem: denied, setItem: denied, removeItem: denied })

  assert.equal(await signer.getPublicKey(), first.pubkey)
  assert.equal((await trust.signIn()).pubkey, first.pubkey)
  signer.forget()
  assert.notEqual(await signer.getPublicKey(), first.pubkey)
})

test('what others have written into the storage is no login and no key', async () => {
  for (const text of ['{"half": a login', '{}', 'null', '7', '{"token":"a.b.c","endsAt":1}', '0'.repeat(64), 'f'.repeat(64)]) {
    const storage = new Memory()
    storage.setItem(`nostr-trust-login ${base}`, text)
    storage.setItem('nostr-trust-throwaway', text)
    const trust = clientWith(throwawaySigner({ storage }), storage)
    assert.equal(trust.identity, null)
    await trust.signIn()
  }
})

for (const [seconds, words] of [[720, "Your device's clock is 12 minutes ahead"], [-7200, "Your device's clock is 2 hours behind"]]) {
  test(`a clock that is ${seconds} s ahead is said in words`, async () => {
    server.ahead = -seconds
    server.refusal = seconds > 0 ? 'created_at_in_future' : 'created_at_too_old'
    const ownTime = template => sign({ ...template, created_at: Math.floor(Date.now() / 1000) })

    const error = await failure(clientWith(signerThat(ownTime)).signIn())

    assert.equal(error.code, server.refusal)
    assert.match(error.message, new RegExp(words))
  })
}

test("where only the signer's clock is wrong it is that one", async () => {
  server.refusal = 'created_at_in_future'
  const ownTime = template => sign({ ...template, created_at: template.created_at + 86_400 })

  const error = await failure(clientWith(signerThat(ownTime)).signIn())

  assert.match(error.message, /The clock of the signer “pocket” is 24 hours ahead/)
})

test('a node whose clock is behind ends no login', async () => {
  const storage = new Memory()
  const trust = clientWith(signerThat(sign), storage)
  await trust.signIn()
  const ended = []
  trust.addEventListener('signedout', it => ended.push(it))
  server.isBehind = true

  const calls = [() => trust.trust(), () => trust.jobs(), () => trust.createJob({}), () => trust.cancelJob('x'), () => trust.erase()]
  for (const call of calls) {
    assert.equal((await failure(call())).code, 'token_not_yet_valid')
  }
  assert.equal(trust.identity.pubkey, pubkey)
  assert.deepEqual(ended, [])

  const [[name, kept]] = storage.values
  storage.setItem(name, JSON.stringify({ ...JSON.parse(kept), endsAt: 0 }))
  const dueForRenewal = clientWith(signerThat(sign), storage)
  assert.equal((await failure(dueForRenewal.trust())).code, 'token_not_yet_valid')
  assert.equal(dueForRenewal.identity.pubkey, pubkey)
})

/** A remote signer that nostr-tools reaches over a relay; a test says what it answers otherwise than a good one. */
const GOOD = { connect: () => ({ result: 'ack' }), get_public_key: () => ({ result: pubkey }) }
let bunker
let bunkerAnswers = {}
before(async () => {
  bunker = await startBunker((method, params) => ({ ...GOOD, ...bunkerAnswers })[method]?.(params) ?? { error: 'unknown method' })
})
after(() => bunker.close())

/** The signer at its address. */
async function remote(answers, more = {}) {
  bunkerAnswers = answers
  const signer = await remoteSigner(bunker.address('x'), { nip46, clientKey: generateSecretKey(), timeout: 10_000, ...more })
  opened.push(signer)
  return signer
}

test('an address of a remote signer that leads nowhere has a code', async () => {
  const tools = { nip46, clientKey: generateSecretKey() }
  for (const address of [`bunker://${pubkey}`, `bunker://${pubkey}?secret=x`, 'bunker://', '', 'alice']) {
    const error = await failure(remoteSigner(address, tools))
    assert.ok(error instanceof TrustError, address)
    assert.equal(error.code, 'signer_missing')
  }
  assert.match((await failure(remoteSigner(`bunker://${pubkey}`, tools))).message, /relay/)
})

/** Asks for a page, and agrees if the user has been there. */
const asksForPage = (url, result) => () => [{ result: 'auth_url', error: url }, ...(result === undefined ? [] : [{ result }])]

for (const url of [
  'javascript:alert(1)', ' JavaScript:x', 'data:text/html,x', 'file:///etc/passwd', 'http://signer.example/', 'x', '', null, {},
]) {
  test(`a remote signer does not get ${JSON.stringify(url)} opened`, async () => {
    const shown = []
    const tools = { onAuth: it => shown.push(it) }

    const atFirst = await failure(remote({ connect: asksForPage(url) }, tools))
    const signer = await remote({ sign_event: asksForPage(url) }, tools)
    const later = await failure(clientWith(signer).signIn())

    for (const error of [atFirst, later]) {
      assert.equal(error.code, 'signer_invalid')
      assert.match(error.message, /^The remote signer asked to open a page that is not of https/)
    }
    assert.deepEqual(shown, [])
    assert.deepEqual(server.sent, [])
  })
}

test('a remote signer gets pages of https opened, where a callback opens them', async () => {
  const shown = []
  const asks = { connect: asksForPage('https://signer.example/ok', 'ack') }

  await remote(asks, { onAuth: it => shown.push(it) })
  assert.deepEqual(shown, ['https://signer.example/ok'])

  assert.equal((await failure(remote({ connect: asksForPage('https://signer.example/ok') }))).code, 'signer_refused')
})

for (const [name, change] of Object.entries(INSTEAD)) {
  test(`a remote signer that signs ${name} is named, and nothing is sent`, async () => {
    const signer = await remote({ sign_event: ([template]) => ({ result: JSON.stringify(sign(change(JSON.parse(template)))) }) })

    const error = await failure(clientWith(signer).signIn())

    assert.equal(error.code, 'signer_changed_event')
    assert.match(error.message, /^The remote signer signed something else/)
    assert.deepEqual(server.sent, [])
  })
}

test('a remote signer that signs what it is asked to signs in', async () => {
  const signer = await remote({ sign_event: ([template]) => ({ result: JSON.stringify(sign(JSON.parse(template))) }) })

  assert.equal((await clientWith(signer).signIn()).pubkey, pubkey)
})

const policy = {
  model: 'balance', baseline: 10, halfway_sats: 10_000, fault_multiplier: 4, fault_floor_sats: { cancelled_late: 1000 },
  tiers: { new: 8, established: 30, trusted: 60, elite: 80 }, tier_hysteresis: 5,
}

test('what it costs to cancel a running job is computed as the server does', () => {
  const cost = (balance, trust_tier, more = {}) => {
    const { sats, score, tier } = costOfCancelling({ ...policy, ...more }, { balance, trust_tier, tier_locked: false })
    return [sats, score.toFixed(1), tier]
  }
  assert.deepEqual(cost(0, 'new'), [1000, '7.1', 'anonymous'])
  assert.deepEqual(cost(-4000, 'anonymous'), [1000, '5.6', 'anonymous'])
  assert.deepEqual(cost(30_000, 'elite'), [1000, '75.0', 'elite'])
  assert.deepEqual(cost(20_000, 'elite'), [1000, '65.4', 'trusted'])
  assert.deepEqual(cost(6_000, 'established'), [1000, '25.0', 'established'])
  assert.deepEqual(cost(6_000, 'new'), [1000, '25.0', 'new'])
  assert.deepEqual(cost(50, 'established', { model: 'linear', fault_multiplier: 1, fault_floor_sats: { cancelled_late: 5 }, tier_hysteresis: 0 }), [null, '45.0', 'established'])
  assert.equal(costOfCancelling(policy, { balance: 0, trust_tier: 'new', tier_locked: true }).tier, 'new')
  assert.equal(costOfCancelling({ ...policy, fault_multiplier: 0 }, { balance: 0, trust_tier: 'new', tier_locked: false }), null)
})
