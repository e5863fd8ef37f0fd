export { throwawaySigner } from "./nostr-throwaway.js";
/**
 * One user at one server. All methods that call the server throw a {@link TrustError}.
 *
 * Events: `signedin`, `renewed`, `signedout`; each a `CustomEvent` whose `detail` is `{identity, why}`. A `why` of
 * `signedout` is `signed_out`, `erasure_asked`, `elsewhere` (another tab), `account_switched`, or the server's refusal.
 */
export class TrustClient extends EventTarget {
    /**
     * @param {object} [options]
     * @param {string} [options.base] the server's origin, such as `https://trust.example`; the page's own if left out
     * @param {Signer} [options.signer] the browser's (NIP-07) if left out
     * @param {import('./nostr-storage.js').Store} [options.storage] keeps the token; by default `localStorage`, which all tabs
     *   share. Where it is missing or fails, memory takes its place
     */
    constructor({ base, signer, storage }?: {
        base?: string | undefined;
        signer?: import("./nostr-signers.js").Signer | undefined;
        storage?: import("./nostr-storage.js").Store | undefined;
    });
    /**
     * @overload
     * @param {TrustEventType} type
     * @param {(event: TrustEvent) => void} listener
     * @param {AddEventListenerOptions | boolean} [options]
     * @returns {void}
     */
    addEventListener(type: TrustEventType, listener: (event: TrustEvent) => void, options?: boolean | AddEventListenerOptions | undefined): void;
    /**
     * @overload
     * @param {string} type
     * @param {EventListenerOrEventListenerObject | null} listener
     * @param {AddEventListenerOptions | boolean} [options]
     * @returns {void}
     */
    addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions | undefined): void;
    /** Who is signed in, as of the last token; null for nobody. @returns {Identity | null} */
    get identity(): Identity | null;
    /** What kind of signer it was that signed in. @returns {string | null} */
    get signedInWith(): string | null;
    /**
     * A token for a backend of the page's own, renewed if it has expired; null if no user is signed in. Send it as
     * `Authorization: Bearer`, to that backend only.
     *
     * @returns {Promise<string | null>}
     * @throws {TrustError} if an expired token cannot be renewed
     */
    token(): Promise<string | null>;
    /** Takes another signer from now on; nobody is signed out by it. @param {Signer} signer */
    use(signer: Signer): void;
    /**
     * Proves the signer's key to the server.
     *
     * @param {object} [options]
     * @param {string} [options.pubkey] whom the caller expects, in hex or as an npub
     * @param {AbortSignal} [options.signal]
     * @param {(accounts: Accounts) => boolean | Promise<boolean>} [options.confirmOtherAccount] asks the user whether to go on where the
     *   signer names one account and signs with another; without it, that is refused
     * @returns {Promise<Identity>}
     * @throws {TrustError} besides the server's refusals those of signers: `signer_missing`, `signer_refused`, `signer_silent`,
     *   `signer_invalid`, `signer_changed_event`, `signer_wrong_account`
     */
    signIn({ pubkey, signal, confirmOtherAccount }?: {
        pubkey?: string | undefined;
        signal?: AbortSignal | undefined;
        confirmOtherAccount?: ((accounts: Accounts) => boolean | Promise<boolean>) | undefined;
    }): Promise<Identity>;
    /**
     * Ends the login, at the server too.
     *
     * @param {{all?: boolean}} [options] `all`: wherever else this key is signed in as well
     */
    signOut({ all }?: {
        all?: boolean;
    }): Promise<void>;
    /**
     * Has the identity erased after the server's grace, with sessions and jobs. Logins end now; a sign-in before then withdraws it.
     *
     * @param {{signal?: AbortSignal}} [options]
     * @returns {Promise<Date>} when that is
     * @throws {TrustError} as {@link signIn} does
     */
    erase({ signal }?: {
        signal?: AbortSignal;
    }): Promise<Date>;
    /**
     * Orders work, for the user if one is signed in.
     *
     * @param {object} request what is asked for
     * @param {Creation & {deadline?: string, queue?: string, session?: string}} [options]
     * @returns {Promise<Job>}
     */
    createJob(request: object, { deadline, queue, session, idempotencyKey, signal }?: Creation & {
        deadline?: string;
        queue?: string;
        session?: string;
    }): Promise<Job>;
    /** Opens a session, whose jobs belong together. @param {Creation} [options] @returns {Promise<Session>} */
    openSession({ idempotencyKey, signal }?: Creation): Promise<Session>;
    /** @param {string} id @returns {Promise<Session>} */
    closeSession(id: string): Promise<Session>;
    /** @param {string} id @returns {Promise<Job>} */
    job(id: string): Promise<Job>;
    /** One's own jobs, the newest first. @param {{before?: string, limit?: number}} [page] @returns {Promise<Jobs>} */
    jobs({ before, limit }?: {
        before?: string;
        limit?: number;
    }): Promise<Jobs>;
    /** @param {string} id @returns {Promise<Job>} */
    cancelJob(id: string): Promise<Job>;
    /**
     * The job when it is over; for as long as it takes, through restarts of the server and losses of the network. All jobs that a
     * page waits for share one connection to the server.
     *
     * @param {string} id
     * @param {{signal?: AbortSignal, onChange?: (job: Job) => void}} [options] `onChange` is given every state on the way
     * @returns {Promise<Job>}
     */
    finished(id: string, options?: {
        signal?: AbortSignal;
        onChange?: (job: Job) => void;
    }): Promise<Job>;
    /** One's own score and tier, explained; work that is over counts within a second or so. @returns {Promise<Trust>} */
    trust(): Promise<Trust>;
    /** What moved one's own score, the newest first. @param {{before?: number, limit?: number}} [page] @returns {Promise<History>} */
    history({ before, limit }?: {
        before?: number;
        limit?: number;
    }): Promise<History>;
    /** The numbers that scores are computed with. @returns {Promise<TrustPolicy>} */
    policy(): Promise<TrustPolicy>;
    /** Looks after the login no more, as a page does that goes away; nobody is signed out by it. */
    close(): void;
    #private;
}
export type Signer = import("./nostr-signers.js").Signer;
export type OwnSigner = import("./nostr-signers.js").OwnSigner;
export type Accounts = import("./nostr-signers.js").Accounts;
export type EventTemplate = import("./nostr-signers.js").EventTemplate;
export type SignedEvent = import("./nostr-signers.js").SignedEvent;
export type Identity = import("./nostr-token.js").Identity;
export type Tier = import("./nostr-token.js").Tier;
export type Kept = import("./nostr-token.js").Kept;
export type Job = import("./nostr-answers.js").Job;
export type Jobs = import("./nostr-answers.js").Jobs;
export type Session = import("./nostr-answers.js").Session;
export type Trust = import("./nostr-answers.js").Trust;
export type TrustPolicy = import("./nostr-answers.js").TrustPolicy;
export type History = import("./nostr-answers.js").History;
export type Creation = {
    idempotencyKey?: string;
    signal?: AbortSignal;
};
export type TrustEventType = "signedin" | "renewed" | "signedout";
export type TrustEvent = CustomEvent<{
    identity: Identity;
    why: string;
}>;
import { TrustError } from './nostr-calls.js';
import { isPassing } from './nostr-calls.js';
import { keyOf } from './nostr-keys.js';
export { TrustError, isPassing, keyOf };
export { browserSigner, hasBrowserSigner, remoteSigner } from "./nostr-signers.js";
