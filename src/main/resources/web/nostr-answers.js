// What the server answers with, as far as browsers are concerned. The contract has all of it.

/**
 * @typedef {import('./nostr-token.js').Identity} Identity
 * @typedef {import('./nostr-token.js').Tier} Tier
 *
 * @typedef {object} Job
 * @property {string} id it is enough to read the job
 * @property {'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'expired'} state
 * @property {string} queue
 * @property {string | null} session_id
 * @property {string | null} nostr_pubkey
 * @property {Tier} trust_tier as it is now
 * @property {boolean} blocked whether an operator has blocked the key
 * @property {string | null} tier_until when absence alone lowers the tier
 * @property {object} request
 * @property {any} progress what the worker sent last
 * @property {any} result null, too, for a large one in a list; show the job alone to get it
 * @property {number | null} result_bytes the size of the result
 * @property {number | null} sats_cost
 * @property {string | null} reason
 * @property {number} attempts
 * @property {string | null} last_error why the latest failed attempt failed
 * @property {string} created_at
 * @property {string | null} finished_at
 *
 * @typedef {{jobs: Job[], next_before: string | null}} Jobs
 *
 * @typedef {object} Session
 * @property {string} id
 * @property {'open' | 'closed' | 'expired'} state
 * @property {string | null} nostr_pubkey
 * @property {Tier} trust_tier
 * @property {boolean} blocked
 * @property {string | null} tier_until
 * @property {number} request_count
 * @property {string} expires_at
 *
 * @typedef {Identity & {balance: number, interaction_count: number, tier_locked: boolean, as_of: string,
 *   next_tier: {tier: Tier, sats: number | null, payments: number | null, valid_until: string} | null,
 *   blocked: boolean, tier_until: string | null, demotes_at: string | null, policy_version: string}} Trust
 *
 * @typedef {object} TrustPolicy
 * @property {string} policy_version
 * @property {'balance' | 'linear'} model
 * @property {number} half_life_days
 * @property {number} halfway_sats
 * @property {number} baseline
 * @property {number} fault_multiplier
 * @property {Record<'unpaid' | 'expired' | 'abuse' | 'policy_rejected' | 'cancelled_late' | 'payment_reversed', number>} fault_floor_sats
 * @property {Record<Exclude<Tier, 'anonymous'>, number>} tiers the scores at which they begin
 * @property {number} tier_hysteresis
 * @property {number} decay_grace_days
 * @property {number} decay_points_per_day
 *
 * @typedef {object} Entry something that happened, and what it did
 * @property {number} seq
 * @property {string} cause
 * @property {'success' | 'failure' | 'reversal' | 'adjustment' | 'lock' | 'unlock' | 'block' | 'unblock' | 'erase'} kind
 * @property {number} sats
 * @property {number} balance_before
 * @property {number} balance_after
 * @property {number} score_before
 * @property {number} score_after
 * @property {Tier} tier_before
 * @property {Tier} tier_after by the model alone
 * @property {Tier | null} trust_tier with the lock of an operator; null in entries of older releases
 * @property {boolean} blocked
 * @property {string | null} tier_until
 * @property {string} occurred_at
 * @property {string} scored_at
 *
 * @typedef {{entries: Entry[], next_before: number | null}} History
 */
export {}
