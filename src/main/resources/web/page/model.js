// What absence and faults do to a balance, and what score a balance has: the formulas of docs/trust-model.md, to show only.

const DAY = 86_400_000

/**
 * @typedef {import('../nostr-answers.js').TrustPolicy} TrustPolicy
 * @typedef {import('../nostr-answers.js').Entry} Entry
 * @typedef {import('../nostr-answers.js').Trust} Trust
 * @typedef {import('../nostr-answers.js').Tier} Tier
 *
 * @typedef {object} Stretch of time in which nothing happened
 * @property {number} from in milliseconds since 1970
 * @property {number} to likewise
 * @property {number} balance at its beginning
 * @property {number | null} lastSuccess likewise
 */

/** @param {TrustPolicy} policy @param {number} balance */
export function scoreOf({ model, baseline, halfway_sats: halfway }, balance) {
  if (model === 'linear') return Math.min(100, Math.max(0, balance))
  return balance >= 0
    ? Math.min(100, baseline + ((100 - baseline) * balance) / (balance + halfway))
    : (baseline * halfway) / (halfway - balance)
}

/** The score at a time within a stretch. @param {TrustPolicy} policy @param {Stretch} stretch @param {number} time */
export function scoreAt(policy, stretch, time) {
  const { balance, from, lastSuccess } = stretch
  if (policy.model === 'balance') {
    return scoreOf(policy, balance * 2 ** (-(time - from) / DAY / policy.half_life_days))
  }
  const idle = /** @param {number} at */ at =>
    lastSuccess === null ? (at - from) / DAY : Math.max(0, (at - lastSuccess) / DAY - policy.decay_grace_days)
  const lost = policy.decay_points_per_day * (idle(time) - idle(from))
  return scoreOf(policy, Math.max(Math.min(policy.baseline, balance), balance - lost))
}

/**
 * The stretches between entries, the first one from a little before the oldest of them.
 *
 * @param {TrustPolicy} policy
 * @param {Entry[]} entries the newest first
 * @param {number} now in milliseconds since 1970
 * @returns {Stretch[]} the oldest first, the last one up to now; empty where nothing has happened yet
 */
export function stretches(policy, entries, now) {
  /** @type {Stretch[]} */
  const all = []
  let lastSuccess = /** @type {number | null} */ (null)
  for (const entry of [...entries].reverse()) {
    const occurred = Date.parse(entry.occurred_at)
    const before = all.at(-1)
    // A late one counts from the time at which the others stand.
    const from = Math.max(occurred, before?.from ?? occurred)
    if (before !== undefined) before.to = from
    if (entry.kind === 'success') lastSuccess = Math.max(occurred, lastSuccess ?? occurred)
    all.push({ from, to: Math.max(from, now), balance: entry.balance_after, lastSuccess })
  }
  return all
}

/** @type {Tier[]} */
const TIERS = ['anonymous', 'new', 'established', 'trusted', 'elite']

/**
 * What it costs to cancel a job that a worker is at.
 *
 * @param {TrustPolicy} policy
 * @param {Trust} trust as it is now
 * @returns {{sats: number | null, score: number, tier: Tier} | null} the sats that it counts as, null where amounts do not count; and
 *   score and tier afterwards. Null where it costs nothing
 */
export function costOfCancelling(policy, trust) {
  const floor = policy.fault_floor_sats.cancelled_late
  const loss = policy.fault_multiplier * floor
  if (loss === 0) return null
  const score = scoreOf(policy, trust.balance - loss)
  return { sats: policy.model === 'linear' ? null : floor, score, tier: tierAfterLoss(policy, trust, score) }
}

/** @param {TrustPolicy} policy @param {Trust} trust @param {number} score @returns {Tier} */
function tierAfterLoss({ tiers, tier_hysteresis: hysteresis }, { trust_tier: held, tier_locked: locked }, score) {
  const begin = /** @param {Tier} tier */ tier =>
    tier === 'anonymous' ? 0 : tier === 'new' ? tiers.new : tiers[tier] - hysteresis
  const reached = TIERS.findLastIndex(tier => score >= begin(tier))
  return locked ? held : TIERS[Math.min(reached, TIERS.indexOf(held))]
}
