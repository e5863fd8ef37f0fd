// The page at /: what its user does, and what follows from it.

import { TrustClient, TrustError, browserSigner, hasBrowserSigner, isPassing, throwawaySigner } from '../nostr-trust.js'
import { costOfCancelling } from './model.js'
import {
  ask, byId, day, forgetJobs, hideTrouble, show, showIdentity, showJob, showNews, showThinking, showTrouble, showTrust,
} from './view.js'

/** How often the score is looked at while the page is, in milliseconds. */
const LOOK_EVERY = 30_000

/** How long a history is good for if no work was scored since; corrections by hand are seen after that. */
const HISTORY_LASTS = 120_000

/** When it is looked at after a job has ended: it is scored soon after. */
const AFTER_A_JOB = [300, 1_200, 3_000]

/** What the last thing that was signed names; empty where that is this page's own address. */
let elsewhere = ''

const browser = telling(browserSigner())
const throwaway = telling(throwawaySigner())
const trust = new TrustClient({ signer: browser })
if (trust.signedInWith === 'throwaway') trust.use(throwaway)

/** @type {{policy: any, trust: any, entries: any[], readAt: number} | null} */
let drawn = null
let watch = new AbortController()

/**
 * The same signer, with a warning if the signed event names another address than the page's, which looks like fraud.
 *
 * @template {import('../nostr-trust.js').OwnSigner} S
 * @param {S} signer
 * @returns {S}
 */
function telling(signer) {
  return {
    ...signer,
    signEvent: template => {
      const named = new URL(template.tags.find(([name]) => name === 'u')?.[1] ?? '', location.href).origin
      elsewhere = named === location.origin ? '' : `This page is at ${location.origin}, but the event that you sign names ${named}. ` +
        'If you run this server, add this address to PUBLIC_ORIGINS.'
      if (elsewhere !== '') showNews(elsewhere)
      return signer.signEvent(template)
    },
  }
}

/** Runs what a user has asked for, and shows what goes wrong. @param {() => Promise<void>} work */
async function attempt(work) {
  hideTrouble()
  try {
    await work()
  } catch (error) {
    fail(error)
  }
}

/** @param {unknown} error */
function fail(error) {
  if (error instanceof DOMException && error.name === 'AbortError') return
  showTrouble(error)
  // A bug of this page: the console shows it.
  if (!(error instanceof TrustError)) throw error
}

async function look() {
  if (trust.identity === null || document.hidden) return
  const who = trust.identity.pubkey
  try {
    const report = await trust.trust()
    const { policy, entries, readAt } = isCurrent(report) ? /** @type {any} */ (drawn) : await readHistory()
    if (trust.identity?.pubkey !== who) return
    drawn = { policy, trust: report, entries, readAt }
    showTrust(policy, report, entries)
  } catch (error) {
    // After a sign-out there is nothing to report. After a network failure the next read tries again.
    if (trust.identity?.pubkey === who && !isPassing(error)) fail(error)
  }
}

/** Whether what is drawn needs no other history. @param {import('../nostr-answers.js').Trust} report */
const isCurrent = report =>
  drawn !== null && drawn.trust.interaction_count === report.interaction_count &&
  drawn.trust.policy_version === report.policy_version && Date.now() - drawn.readAt < HISTORY_LASTS

async function readHistory() {
  const [policy, { entries }] = await Promise.all([trust.policy(), trust.history({ limit: 200 })])
  return { policy, entries, readAt: Date.now() }
}

/** @param {import('../nostr-answers.js').Job} job */
const showOne = job => showJob(job, it => void attempt(() => cancel(it.id)))

/** Cancels a job. Cancelling a running job costs trust, so the page asks first. @param {string} id */
async function cancel(id) {
  // Reads the job again: a worker may have claimed it.
  const job = await trust.job(id)
  if (job.state === 'running' && !(await mayCost())) return
  showOne(await trust.cancelJob(id))
}

async function mayCost() {
  const [policy, report] = await Promise.all([trust.policy(), trust.trust()])
  const cost = costOfCancelling(policy, report)
  if (cost === null) return true
  const amount = cost.sats === null ? 'a fault' : `a fault of ${cost.sats.toLocaleString()} sats`
  const tier = cost.tier === report.trust_tier ? `Your tier stays ${cost.tier}.` : `Your tier falls from ${report.trust_tier} to ${cost.tier}.`
  return ask({
    title: 'Cancel a running job?',
    text: [
      `A worker has claimed the job. Cancelling it now counts as ${amount}.`,
      `Your score falls from ${report.trust_score.toFixed(1)} to ${cost.score.toFixed(1)}. ${tier}`,
    ],
    yes: 'Cancel the job',
    no: 'Let it run',
  })
}

/** @param {import('../nostr-answers.js').Job} job */
function follow(job) {
  showOne(job)
  const { signal } = watch
  trust.finished(job.id, { signal, onChange: showOne }).then(() => {
    for (const delay of AFTER_A_JOB) setTimeout(() => void look(), delay)
  }, fail)
}

async function showOwnJobs() {
  const { signal } = watch
  try {
    const { jobs } = await trust.jobs({ limit: 5 })
    if (signal.aborted) return
    for (const job of jobs.reverse()) {
      if (['queued', 'running'].includes(job.state)) follow(job)
      else showOne(job)
    }
  } catch (error) {
    if (!signal.aborted) fail(error)
  }
}

function showWhoIsHere() {
  watch.abort()
  watch = new AbortController()
  forgetJobs()
  drawn = null
  showIdentity(trust.identity, trust.signedInWith === 'throwaway')
  if (trust.identity === null) return
  void look()
  void showOwnJobs()
}

/** Ends the wait for the signer. */
let thinking = new AbortController()

/** Shows that the signer is at work until it has answered. @template T @param {(signal: AbortSignal) => Promise<T>} work */
async function whileSigning(work) {
  thinking = new AbortController()
  showNews('Confirm the request in your signer.')
  showThinking(true)
  try {
    return await work(thinking.signal)
  } catch (error) {
    showNews('')
    throw error
  } finally {
    showThinking(false)
  }
}

/** @param {import('../nostr-trust.js').Signer} signer */
const signInWith = signer => attempt(async () => {
  trust.use(signer)
  await whileSigning(signal => trust.signIn({ signal, confirmOtherAccount }))
  showNews(elsewhere)
  byId('you-title').focus()
})

/** @param {import('../nostr-trust.js').Accounts} accounts */
const confirmOtherAccount = ({ named, signed }) => ask({
  title: 'Is this the account that you want?',
  text: [`Your signer names the key ${brief(named)}, but it signed with the key ${brief(signed)}.`],
  yes: `Sign in with ${brief(signed)}`,
  no: 'Do not sign in',
})

/** @param {string} key in hex */
const brief = key => `${key.slice(0, 8)}…${key.slice(-8)}`

byId('sign-in').addEventListener('click', () => void signInWith(browser))
byId('try-it').addEventListener('click', () => void signInWith(throwaway))
byId('stop').addEventListener('click', () => thinking.abort())
/** @param {() => Promise<void>} leave */
const signOutBy = leave => attempt(async () => {
  try {
    await leave()
  } finally {
    byId('welcome-title').focus()
  }
})
byId('sign-out').addEventListener('click', () => void signOutBy(() => trust.signOut()))
byId('forget').addEventListener('click', async () => {
  const isSure = await ask({
    title: 'Destroy the key?',
    text: ['This key and its score cannot be restored. You are signed out everywhere.'],
    yes: 'Destroy the key',
    no: 'Keep it',
  })
  if (isSure) {
    await signOutBy(async () => {
      throwaway.forget()
      await trust.signOut({ all: true })
    })
  }
})
byId('erase').addEventListener('click', () => void attempt(async () => {
  const isThrowaway = trust.signedInWith === 'throwaway'
  const isSure = await ask({
    title: 'Erase this identity?',
    text: [
      'Deleted after a waiting period: your jobs, with their requests and results, and your sessions. You are signed out everywhere now.',
      'Kept: your score and its history.' + (isThrowaway ? ' The throwaway key stays in this browser.' : ''),
      'To keep everything, sign in again before the waiting period ends.',
    ],
    yes: 'Erase it',
    no: 'Keep it',
  })
  if (!isSure) return
  const time = await whileSigning(signal => trust.erase({ signal }))
  byId('welcome-title').focus()
  showNews(`Your identity will be erased on ${day(time)}. Sign in before then to keep it.`)
}))
byId('trouble-over').addEventListener('click', hideTrouble)

byId('order').addEventListener('submit', (/** @type {Event} */ event) => {
  event.preventDefault()
  const wrong = byId('request-wrong')
  wrong.textContent = ''
  let request
  try {
    request = JSON.parse(byId('request').value)
  } catch {
    request = null
  }
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    wrong.textContent = 'This is not a JSON object, such as {"prompt": "hello"}.'
    byId('request').focus()
    return
  }
  const { signal } = watch
  void attempt(async () => {
    const job = await trust.createJob(request)
    if (!signal.aborted) follow(job)
  })
})

trust.addEventListener('signedin', showWhoIsHere)
trust.addEventListener('signedout', ({ detail }) => {
  showWhoIsHere()
  if (detail.why === 'account_switched') showNews('Your signer has switched to another account. Sign in again.')
  else if (detail.why === 'elsewhere') showNews('You signed out in another tab.')
  else if (!['signed_out', 'erasure_asked'].includes(detail.why)) showTrouble(new TrustError(detail.why, 'You are signed out.'))
})
globalThis.addEventListener('offline', () => showNews('You are offline. This page continues when you are online again.'))
globalThis.addEventListener('online', () => {
  showNews('')
  void look()
})
document.addEventListener('visibilitychange', () => void look())
new ResizeObserver(() => drawn && showTrust(drawn.policy, drawn.trust, drawn.entries)).observe(byId('curve'))
setInterval(() => void look(), LOOK_EVERY)

showWhoIsHere()
void hasBrowserSigner().then(there => {
  show('no-signer', !there)
  show('firefox', !there && navigator.userAgent.includes('Firefox'))
})
