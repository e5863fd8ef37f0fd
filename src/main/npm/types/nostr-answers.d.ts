export type Identity = import("./nostr-token.js").Identity;
export type Tier = import("./nostr-token.js").Tier;
export type Job = {
    /**
     * it is enough to read the job
     */
    id: string;
    state: "queued" | "running" | "succeeded" | "failed" | "cancelled" | "expired";
    queue: string;
    session_id: string | null;
    nostr_pubkey: string | null;
    /**
     * as it is now
     */
    trust_tier: Tier;
    /**
     * whether an operator has blocked the key
     */
    blocked: boolean;
    /**
     * when absence alone lowers the tier
     */
    tier_until: string | null;
    request: object;
    /**
     * what the worker sent last
     */
    progress: any;
    /**
     * null, too, for a large one in a list; show the job alone to get it
     */
    result: any;
    /**
     * the size of the result
     */
    result_bytes: number | null;
    sats_cost: number | null;
    reason: string | null;
    attempts: number;
    /**
     * why the latest failed attempt failed
     */
    last_error: string | null;
    created_at: string;
    finished_at: string | null;
};
export type Jobs = {
    jobs: Job[];
    next_before: string | null;
};
export type Session = {
    id: string;
    state: "open" | "closed" | "expired";
    nostr_pubkey: string | null;
    trust_tier: Tier;
    blocked: boolean;
    tier_until: string | null;
    request_count: number;
    expires_at: string;
};
export type Trust = Identity & {
    balance: number;
    interaction_count: number;
    tier_locked: boolean;
    as_of: string;
    next_tier: {
        tier: Tier;
        sats: number | null;
        payments: number | null;
        valid_until: string;
    } | null;
    blocked: boolean;
    tier_until: string | null;
    demotes_at: string | null;
    policy_version: string;
};
export type TrustPolicy = {
    policy_version: string;
    model: "balance" | "linear";
    half_life_days: number;
    halfway_sats: number;
    baseline: number;
    fault_multiplier: number;
    fault_floor_sats: Record<"unpaid" | "expired" | "abuse" | "policy_rejected" | "cancelled_late" | "payment_reversed", number>;
    /**
     * the scores at which they begin
     */
    tiers: Record<Exclude<Tier, "anonymous">, number>;
    tier_hysteresis: number;
    decay_grace_days: number;
    decay_points_per_day: number;
};
/**
 * something that happened, and what it did
 */
export type Entry = {
    seq: number;
    cause: string;
    kind: "success" | "failure" | "reversal" | "adjustment" | "lock" | "unlock" | "block" | "unblock" | "erase";
    sats: number;
    balance_before: number;
    balance_after: number;
    score_before: number;
    score_after: number;
    tier_before: Tier;
    /**
     * by the model alone
     */
    tier_after: Tier;
    /**
     * with the lock of an operator; null in entries of older releases
     */
    trust_tier: Tier | null;
    blocked: boolean;
    tier_until: string | null;
    occurred_at: string;
    scored_at: string;
};
export type History = {
    entries: Entry[];
    next_before: number | null;
};
