#!/usr/bin/env node
// A worker for a Nostr Trust Engine: it claims jobs, does each of them with work(), and reports the outcome.
// Usage: SERVICE_TOKEN=<worker token> node worker.mjs
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Does one job. Put your own code here. Several calls run at the same time.
 *
 * Returns the sats that you irrevocably keep, and the result (any JSON). A JobFailed is reported with its reason, any
 * other error as worker_error. claim.lost is an AbortSignal: pass it to fetch() and the like. After it is aborted, the
 * outcome no longer counts: end soon.
 */
async function work(job, claim) {
  const words = `You wrote: ${job.request.prompt}`.split(/\s+/);
  for (const [index, word] of words.entries()) {
    await sleep(250, word, { signal: claim.lost }); // The time that a model takes for a word.
    await claim.output(`${word} `);
    claim.progress({ percent: Math.floor((100 * (index + 1)) / words.length) });
  }
  return { sats: 10, result: { text: words.join(' ') } };
}

/** Ends a job with a reason of docs/worker.md: throw new JobFailed('abuse', 20). */
class JobFailed extends Error {
  constructor(reason, sats = 0) {
    super(reason);
    Object.assign(this, { reason, sats });
  }
}

// The code below does not depend on the kind of work.

const ENGINE = (process.env.ENGINE_URL ?? 'http://localhost:8080').replace(/\/+$/, '');
const TOKEN = (process.env.SERVICE_TOKEN ?? '').trim();
const QUEUES = (process.env.WORKER_QUEUES ?? 'default').split(',').map((queue) => queue.trim());
const JOBS = Number(process.env.WORKER_JOBS ?? 4);
const GRACE = Number(process.env.WORKER_GRACE ?? 25);
const WAIT = 20; // Seconds for which the server may hold back an answer without jobs.
const CHUNK = /[^]{1,16384}/gu; // Characters in a chunk of output: at most 65,536 bytes.
const LOST = 'stale_fence already_reported job_already_finished job_not_running not_owner job_not_found'.split(' ');

const claims = new Set();
const stopping = new AbortController();
const graceOver = new AbortController();

const log = (text) => console.error(`worker: ${text}`);

/** Ends early when the signal is aborted. */
const pause = (seconds, signal) => sleep(seconds * 1000, null, { signal }).catch(() => {});

/** Sends a request once. The status of the answer is 0 if there is none. */
async function post(path, body, { seconds = 30, signal } = {}) {
  const request = new AbortController();
  const abort = () => request.abort();
  const timer = setTimeout(abort, seconds * 1000);
  signal?.addEventListener('abort', abort);
  try {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const options = { method: 'POST', headers, body, redirect: 'manual', signal: request.signal };
    const response = await fetch(ENGINE + path, options);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return answerOf(response.status, response.headers, isJson ? JSON.parse(text) : {});
  } catch (error) {
    return answerOf(0, new Headers(), { detail: String(error.cause ?? error) });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

function answerOf(status, headers, json) {
  const ok = status >= 200 && status < 300 && Object.keys(json).length > 0;
  return {
    status,
    json,
    ok,
    final: ok || (status >= 400 && status < 500 && ![408, 425, 429].includes(status)),
    isLost: !ok && LOST.includes(json.code),
    time: Date.parse(headers.get('date')) || Date.now(),
    retryAfter: Math.min(Number(headers.get('retry-after')) || 0, 600),
    toString: () => [status || 'no answer', json.code, json.detail].filter(Boolean).join(' '),
  };
}

/** Repeats a request until the answer is final. Returns null if the signal is aborted before. */
async function insist(path, body, options = {}) {
  for (let failures = 1; ; failures++) {
    const answer = await post(path, body, options);
    if (answer.final) return answer;
    if (options.signal?.aborted) return null;
    const jitter = 0.5 + Math.random() / 2; // Spreads the workers.
    const seconds = answer.retryAfter + 2 ** Math.min(failures, 5) * jitter;
    log(`${path}: ${answer}; trying again in ${seconds.toFixed(1)} s`);
    await pause(seconds, options.signal);
    if (options.signal?.aborted) return null;
  }
}

/** The right to do a job until the lease ends. Heartbeats extend the lease. */
class Claim {
  #lost = new AbortController();
  #latest = 'null';
  #seq = 0;
  lost = this.#lost.signal;

  constructor(job, now) {
    this.job = job;
    this.lease = Math.max(1, (Date.parse(job.lease_until) - now) / 1000); // In seconds, by the server's clock.
  }

  /** Shows progress to the user: any JSON of at most 4,096 bytes. It is sent within about a second. */
  progress(value) {
    this.#latest = JSON.stringify(value) ?? 'null';
  }

  /** Shows the next part of the output to the user. Waits until the server has it, and throws if the claim is lost. */
  async output(text) {
    for (const [chunk] of text.matchAll(CHUNK)) {
      const answer = await this.#send('output', { seq: ++this.#seq, text: chunk }, this.lost);
      if (answer?.isLost) this.lose();
      this.lost.throwIfAborted();
      if (!answer.ok) throw new Error(`the output is refused: ${answer}`);
    }
  }

  lose() {
    this.#lost.abort();
  }

  async release() {
    this.lose();
    const answer = await post(this.#path('release'), JSON.stringify({ fence: this.job.fence }), { seconds: 3 });
    log(`${this.job.id}: ${answer.ok ? 'handed back' : answer}`);
  }

  #path(action) {
    return `/api/jobs/${this.job.id}/${action}`;
  }

  #send(action, fields, signal) {
    return insist(this.#path(action), JSON.stringify({ fence: this.job.fence, ...fields }), { signal });
  }

  /** Does the job and reports the outcome. */
  async run() {
    const ended = new AbortController();
    this.#heartbeats(ended.signal);
    const answer = await this.#report();
    ended.abort();
    log(`${this.job.id}: ${answer?.ok ? answer.json.state : answer ?? 'claim lost'}`);
  }

  /** The answer to the report; null if the claim is lost. */
  async #report() {
    let failure = { reason: 'worker_error' };
    try {
      const { sats, result } = await work(this.job, this);
      if (this.lost.aborted) return null;
      const answer = await this.#send('complete', { sats_cost: sats, result });
      if (answer.status !== 400 && answer.status !== 413) return answer;
      log(`${this.job.id}: the outcome is refused: ${answer}`); // The result is too large, for example.
    } catch (error) {
      if (error instanceof JobFailed) failure = { reason: error.reason, sats: error.sats };
      else if (!this.lost.aborted) log(`${this.job.id}: ${error?.stack ?? error}`);
    }
    return this.lost.aborted ? null : this.#send('fail', failure);
  }

  /** Extends the lease at each third of it, and within a second when there is new progress. */
  async #heartbeats(ended) {
    const third = this.lease / 3;
    let sent = this.#latest;
    let due = performance.now() + third * 1000;
    for (;;) {
      await pause(Math.min(1, third), ended);
      if (ended.aborted) return;
      const now = performance.now();
      const latest = this.#latest;
      if (now < due && latest === sent) continue;
      const body = `{"fence": ${this.job.fence}, "progress": ${latest}}`;
      const answer = await post(this.#path('heartbeat'), body, { seconds: Math.max(1, third), signal: ended });
      if (answer.ok) {
        sent = latest;
        due = now + third * 1000;
      } else if (answer.isLost) {
        return this.lose();
      } else if (!ended.aborted) {
        log(`${this.job.id}: heartbeat: ${answer}`);
        if (answer.status === 400) this.#latest = 'null'; // The progress is too large.
        await pause(Math.max(third / 4, answer.retryAfter), ended);
      }
    }
  }
}

/** Does one job after the other. */
async function serve() {
  const body = JSON.stringify({ queues: QUEUES, max: 1, wait: WAIT });
  while (!stopping.signal.aborted) {
    const began = performance.now();
    const answer = await insist('/api/jobs/claim', body, { seconds: WAIT + 10, signal: stopping.signal });
    if (answer === null) return;
    if ([401, 403].includes(answer.status)) throw new Error(`the token is refused: ${answer}`);
    const jobs = answer.json.jobs ?? [];
    for (const job of jobs) {
      const claim = new Claim(job, answer.time);
      claims.add(claim);
      await claim.run();
      claims.delete(claim);
    }
    if (!answer.ok) {
      log(`cannot claim: ${answer}`);
      await pause(30, stopping.signal);
    } else if (!jobs.length && performance.now() < began + (WAIT - 1) * 1000) {
      await pause(1, stopping.signal); // A busy server does not wait.
    }
  }
}

/** Handles a signal. The second one ends the grace time. */
function stop() {
  if (stopping.signal.aborted) return graceOver.abort();
  stopping.abort(); // Ends the claims that wait for a job.
  log(`stopping, ${claims.size} jobs are running`);
}

/** Works until a signal; then waits for the running jobs, and hands back those that take too long. */
async function main() {
  if (!/^[!-~]+$/.test(TOKEN)) throw new Error('SERVICE_TOKEN must be a token of the scope worker');
  if (!(JOBS >= 1 && GRACE >= 0)) throw new Error('WORKER_JOBS or WORKER_GRACE is not a number');
  process.on('SIGTERM', stop).on('SIGINT', stop);
  const serving = Promise.allSettled(Array.from({ length: JOBS }, serve));
  const stopped = once(stopping.signal, 'abort').then(() => pause(GRACE, graceOver.signal));
  const ends = await Promise.race([serving, stopped]);
  await Promise.all([...claims].map((claim) => claim.release()));
  const failed = ends?.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}

main().then(
  () => process.exit(0),
  (error) => {
    log(error.message);
    process.exit(1);
  },
);
