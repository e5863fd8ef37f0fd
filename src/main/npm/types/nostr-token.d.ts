/** What all tabs of an origin share; undefined where there is none, or a browser does not let us. */
export function sharedStorage(): Storage | undefined;
/** One login, as long as it lasts. */
export class TokenKeeper {
    /**
     * @param {string} base of the server
     * @param {Storage | undefined} storage keeps the login; without one it lasts as long as the page
     * @param {(now: Kept | null, before: Kept | null, why: string) => void} changed is told when a login begins, is renewed
     *   or ends, here or in another tab
     */
    constructor(base: string, storage: Storage | undefined, changed: (now: Kept | null, before: Kept | null, why: string) => void);
    /** Takes up a login that was kept, and looks after it from now on. */
    open(): void;
    /** Looks after nothing any more; what is kept stays. */
    close(): void;
    /** The login; null where there is none. */
    get kept(): Kept | null;
    /**
     * A login begins, or has a new token.
     *
     * @param {any} login the server's answer, just come
     * @param {Kept['signer']} signer
     */
    begin({ nostr_token, expires_at, pubkey, npub, trust_tier, trust_score }: any, signer: Kept["signer"], why?: string): void;
    /** Ends the login with this token, unless another one has taken its place. @param {string} why @param {string} token */
    end(why: string, token: string): void;
    /**
     * Has the server end the login of this token, or all logins of its key; nothing is wrong where it has ended already.
     *
     * @param {string} token @param {boolean} [all]
     */
    revoke(token: string, all?: boolean): Promise<void>;
    /** Gets a new token, unless another tab has just got one. */
    renew(): Promise<void>;
    #private;
}
/**
 * What is kept of a login.
 */
export type Kept = {
    token: string;
    /**
     * in milliseconds of this browser's clock
     */
    endsAt: number;
    /**
     * likewise
     */
    renewAt: number;
    identity: Identity;
    signer: import("./nostr-signers.js").Signer["kind"];
};
/**
 * What is kept of a login.
 */
export type Identity = {
    pubkey: string;
    npub: string;
    trust_tier: Tier;
    trust_score: number;
};
/**
 * What is kept of a login.
 */
export type Tier = "anonymous" | "new" | "established" | "trusted" | "elite";
