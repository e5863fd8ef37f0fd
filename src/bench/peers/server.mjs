// What a user would write instead of the engine: challenge, verify, create and poll with Fastify, nostr-wasm and pg. It does the same
// cryptography and the same durable writes, and nothing else: no idempotency, no rate limits, no blocked identities, no events.
// Environment: PORT, DATABASE_URL, ORIGIN, PROCESSES.
import cluster from 'node:cluster'
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import Fastify from 'fastify'
import { initNostrWasm } from 'nostr-wasm'
import pg from 'pg'

const { PORT, DATABASE_URL, ORIGIN, PROCESSES = '1', SECRET = randomBytes(32).toString('hex') } = process.env
const CONNECTIONS = 16
const CHALLENGE_SECONDS = 300
const TOKEN_SECONDS = 86400

const hmac = text => createHmac('sha256', SECRET).update(text).digest()
const now = () => Math.floor(Date.now() / 1000)

class Refusal extends Error {
  constructor(statusCode, message) {
    super(message)
    this.statusCode = statusCode
  }
}

/** A challenge that stores nothing: 16 random bytes, the expiry, and a MAC over both. */
function issueChallenge() {
  const body = Buffer.alloc(20)
  randomBytes(16).copy(body)
  body.writeUInt32BE(now() + CHALLENGE_SECONDS, 16)
  return Buffer.concat([body, hmac(body)]).toString('base64url')
}

/** The id of the login that a challenge may be redeemed for once. */
function openChallenge(nonce) {
  const bytes = Buffer.from(nonce, 'base64url')
  const body = bytes.subarray(0, 20)
  if (bytes.length !== 52 || !timingSafeEqual(hmac(body), bytes.subarray(20))) throw new Refusal(401, 'challenge_unknown')
  if (body.readUInt32BE(16) < now()) throw new Refusal(401, 'challenge_expired')
  return body.toString('hex', 0, 16)
}

const HEADER = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url')

function issueToken(pubkey, login) {
  const claims = { sub: pubkey, sid: login, iat: now(), exp: now() + TOKEN_SECONDS }
  const text = HEADER + '.' + Buffer.from(JSON.stringify(claims)).toString('base64url')
  return text + '.' + hmac(text).toString('base64url')
}

function checkToken(authorization) {
  const [header, claims, mac] = (authorization ?? '').slice('Bearer '.length).split('.')
  const given = Buffer.from(mac ?? '', 'base64url')
  if (header !== HEADER || given.length !== 32 || !timingSafeEqual(hmac(header + '.' + claims), given)) {
    throw new Refusal(401, 'invalid_token')
  }
  const caller = JSON.parse(Buffer.from(claims, 'base64url'))
  if (caller.exp < now()) throw new Refusal(401, 'token_expired')
  return caller
}

/** The value of the only tag of this name. */
function tag(event, name) {
  const found = event.tags.filter(each => each[0] === name)
  if (found.length !== 1) throw new Refusal(401, 'missing_tag')
  return found[0][1]
}

const LOG_IN = {
  name: 'log-in',
  text: `WITH seen AS (
           INSERT INTO nostr_identities AS i (pubkey, trust_score, tier, balance, balance_as_of, last_seen, created_at, policy_version)
           VALUES ($2, 10, 'new', 10, now(), now(), now(), 'seed')
           ON CONFLICT (pubkey) DO UPDATE SET last_seen = excluded.last_seen
           RETURNING pubkey, trust_score, tier)
         , login AS (
           INSERT INTO logins (id, pubkey, expires_at) SELECT $1, pubkey, now() + interval '30 days' FROM seen
           ON CONFLICT (id) DO NOTHING RETURNING id)
         SELECT trust_score, tier FROM seen, login`,
}

const CREATE = {
  name: 'create',
  text: `INSERT INTO jobs (id, nostr_pubkey, queue, state, request, deadline, created_at, available_at)
         VALUES (uuidv7(), $1, $2, 'queued', $3, now() + interval '1 day', now(), now())
         RETURNING id, created_at`,
}

const POLL = {
  name: 'poll',
  text: `SELECT j.state, j.queue, j.request, j.result, j.created_at, j.started_at, j.finished_at, i.tier, i.trust_score
         FROM jobs j LEFT JOIN nostr_identities i ON i.pubkey = j.nostr_pubkey WHERE j.id = $1`,
}

async function serve() {
  const nostr = await initNostrWasm()
  const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Math.ceil(CONNECTIONS / Number(PROCESSES)) })
  const app = Fastify({ logger: false })
  const query = (statement, values) => pool.query({ ...statement, values })
  const text = value => (value === null ? 'null' : `"${value.toISOString()}"`)

  app.post('/api/identity/challenge', (request, reply) => {
    const nonce = issueChallenge()
    const at = now()
    reply.type('application/json').send(
      `{"nonce":"${nonce}","expires_at":"${new Date((at + CHALLENGE_SECONDS) * 1000).toISOString()}","event_template":` +
        `{"kind":27235,"created_at":${at},"content":"Sign in","tags":[["u","${ORIGIN}/api/identity/verify"],["method","POST"],` +
        `["challenge","${nonce}"],["expiration","${at + CHALLENGE_SECONDS}"]]}}`,
    )
  })

  const string = { type: 'string' }
  const event = {
    type: 'object',
    required: ['id', 'pubkey', 'created_at', 'kind', 'tags', 'content', 'sig'],
    properties: {
      id: string, pubkey: string, created_at: { type: 'integer' }, kind: { type: 'integer' }, content: string, sig: string,
      tags: { type: 'array', items: { type: 'array', minItems: 1, items: string } },
    },
  }
  const body = { type: 'object', required: ['event'], properties: { event } }
  app.post('/api/identity/verify', { schema: { body } }, async (request, reply) => {
    const { event } = request.body
    if (event.kind !== 27235 || tag(event, 'method') !== 'POST' || tag(event, 'u') !== ORIGIN + '/api/identity/verify') {
      throw new Refusal(401, 'url_mismatch')
    }
    const login = openChallenge(tag(event, 'challenge'))
    if (Math.abs(event.created_at - now()) > 600) throw new Refusal(401, 'created_at_too_old')
    try {
      nostr.verifyEvent(event)
    } catch {
      throw new Refusal(401, 'invalid_signature')
    }
    const { rows } = await query(LOG_IN, [login, event.pubkey])
    if (rows.length === 0) throw new Refusal(409, 'challenge_used')
    reply.type('application/json').send(
      `{"nostr_token":"${issueToken(event.pubkey, login)}","token_type":"Bearer","pubkey":"${event.pubkey}",` +
        `"trust_tier":"${rows[0].tier}","trust_score":${rows[0].trust_score}}`,
    )
    return reply
  })

  app.post('/api/jobs', async (request, reply) => {
    const caller = checkToken(request.headers.authorization)
    const { queue = 'default', request: work } = request.body
    if (typeof work !== 'object' || work === null) throw new Refusal(400, 'validation_failed')
    const job = JSON.stringify(work)
    const { rows } = await query(CREATE, [caller.sub, queue, job])
    reply.code(201).type('application/json').send(
      `{"id":"${rows[0].id}","state":"queued","queue":${JSON.stringify(queue)},"request":${job},"created_at":${text(rows[0].created_at)}}`,
    )
    return reply
  })

  app.get('/api/jobs/:id', async (request, reply) => {
    const { rows } = await query(POLL, [request.params.id])
    if (rows.length === 0) throw new Refusal(404, 'job_not_found')
    const job = rows[0]
    reply.type('application/json').send(
      `{"id":"${request.params.id}","state":"${job.state}","queue":${JSON.stringify(job.queue)},"request":${job.request},` +
        `"result":${job.result},"created_at":${text(job.created_at)},"started_at":${text(job.started_at)},` +
        `"finished_at":${text(job.finished_at)},"trust_tier":${JSON.stringify(job.tier)},"trust_score":${job.trust_score}}`,
    )
    return reply
  })

  await app.listen({ port: Number(PORT), host: '127.0.0.1' })
}

if (cluster.isPrimary && Number(PROCESSES) > 1) {
  for (let i = 0; i < Number(PROCESSES); i++) cluster.fork({ SECRET })
} else {
  await serve()
}
