/** One login, as long as it lasts. */
export class TokenKeeper {
    /**
     * @param {string} base of the server
     * @param {import('./nostr-storage.js').Store | undefined} storage keeps the login; without one it lasts as long as the page
     * @param {(now: Kept | null, before: Kept | null, why: string) => void} changed is called when a login begins, is renewed
     *   or ends, here or in another tab
     */
    constructor(base: string, storage: import("./nostr-storage.js").Store | undefined, changed: (now: Kept | null, before: Kept | null, why: string) => void);
    /** Takes up a login that was kept, and looks after it from now on. */
    open(): void;
    /** Looks after nothing any more; what is kept stays. */
    close(): void;
    /** The login; null where there is none. Its token may have expired. */
    get kept(): Kept | null;
    /** The token, renewed if it has expired; undefined where there is no login. Fails as {@link renew} does. */
    token(): Promise<string | undefined>;
    /**
     * A login begins, or has a new token.
     *
     * @param {any} login the server's answer, just come
     * @param {Pick<Kept, 'signer' | 'named'>} by
     */
    begin({ nostr_token, expires_at, pubkey, npub, trust_tier, trust_score }: any, { signer, named }: Pick<Kept, "signer" | "named">, why?: string): void;
    /** Ends the login with this token, unless another one has taken its place. @param {string} why @param {string} token */
    end(why: string, token: string): void;
    /**
     * Has the server end the login of this token, or all logins of its key; nothing is wrong where it has ended already.
     *
     * @param {string} token @param {boolean} [all]
     */
    revoke(token: string, all?: boolean): Promise<void>;
    /**
     * Gets a new token, unless another tab has just got one. Concurrent callers wait for the same one. A refusal of the
     * token itself ends the login.
     */
    renew(): Promise<void>;
    #private;
}
/**
 * What is kept of a login.
 */
export type Kept = {
    token: string;
    /**
     * when the token expires, in milliseconds of this browser's clock; the login lasts longer
     */
    endsAt: number;
    /**
     * likewise
     */
    renewAt: number;
    identity: Identity;
    /**
     * its kind
     */
    signer: string;
    /**
     * the key that the signer names, where that is not the one that it signs with
     */
    named?: string | undefined;
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
