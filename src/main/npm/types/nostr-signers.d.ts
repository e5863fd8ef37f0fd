/**
 * Gets a challenge and has it signed. The event is compared with what was to be signed before it is handed on.
 *
 * @param {Signer} signer
 * @param {string} base of the server
 * @param {'login' | 'erase'} purpose
 * @param {{pubkey?: string, signal?: AbortSignal, confirmOtherAccount?: (accounts: Accounts) => boolean | Promise<boolean>}} options
 *   `pubkey` is whose signature the caller expects; `confirmOtherAccount` is asked if the signer signs with another key than it names
 * @returns {Promise<Proof>}
 * @throws {TrustError} the server's refusals, the signer's, or `signer_wrong_account`
 */
export function proofBy(signer: Signer, base: string, purpose: "login" | "erase", { pubkey, signal, confirmOtherAccount }: {
    pubkey?: string;
    signal?: AbortSignal;
    confirmOtherAccount?: (accounts: Accounts) => boolean | Promise<boolean>;
}): Promise<Proof>;
/**
 * The server's refusal of a proof; one for its time says whose clock is wrong, and by how much.
 *
 * @param {unknown} error
 * @param {Signer} signer
 * @param {Proof} proof
 */
export function explained(error: unknown, signer: Signer, { deviceAhead, signerAhead }: Proof): unknown;
/**
 * The signer that an extension of the browser offers as `window.nostr` (NIP-07).
 *
 * @returns {OwnSigner} whose methods throw `signer_missing` where there is none, and `signer_refused` where its user says no
 */
export function browserSigner(): OwnSigner;
/** Whether the browser has a signer; those that load late are waited for a little. */
export function hasBrowserSigner(timeout?: number): Promise<boolean>;
/**
 * A remote signer (NIP-46), by way of nostr-tools.
 *
 * @param {string} address `bunker://…`, or a name such as `alice@example.com`
 * @param {object} tools
 * @param {Nip46} tools.nip46 the module `nostr-tools/nip46`
 * @param {Uint8Array} tools.clientKey the secret key that this application talks to the signer with; a signer that has
 *   once been given leave for it knows the application by that key
 * @param {(url: string) => void} [tools.onAuth] shows a page on which the signer wants its user's leave; it gets addresses of https only
 * @param {number} [tools.timeout] how long it may take to answer, in milliseconds
 * @returns {Promise<OwnSigner & {close(): Promise<void>}>}
 * @throws {TrustError} `signer_missing` where the address leads nowhere, `signer_refused` where the signer says no,
 *   `signer_silent` where it does not answer, `signer_invalid` where it asks for a page that is not of https
 */
export function remoteSigner(address: string, { nip46, clientKey, onAuth, timeout }: {
    nip46: Nip46;
    clientKey: Uint8Array;
    onAuth?: ((url: string) => void) | undefined;
    timeout?: number | undefined;
}): Promise<OwnSigner & {
    close(): Promise<void>;
}>;
export type EventTemplate = {
    kind: number;
    created_at: number;
    content: string;
    tags: string[][];
};
export type SignedEvent = EventTemplate & {
    id: string;
    pubkey: string;
    sig: string;
};
/**
 * any object with these methods; what they answer is checked
 */
export type Signer = {
    /**
     * `browser`, `remote`, `throwaway`, or a name of one's own that its user knows it by
     */
    kind: string;
    /**
     * in hex or as an npub
     */
    getPublicKey: () => string | Promise<string>;
    /**
     * gives the signed event, or a promise of it; its signature alone will do
     */
    signEvent: (template: EventTemplate) => unknown;
    /**
     * for signers that say when their user takes another account
     */
    onAccountChange?: ((tell: () => void) => void) | undefined;
};
/**
 * a signer of this module
 */
export type OwnSigner = {
    kind: "browser" | "remote" | "throwaway";
    getPublicKey: () => Promise<string>;
    signEvent: (template: EventTemplate) => Promise<SignedEvent>;
    onAccountChange?: ((tell: () => void) => void) | undefined;
};
/**
 * what is used of `nostr-tools/nip46`
 */
export type Nip46 = {
    parseBunkerInput: (address: string) => Promise<any>;
    BunkerSigner: {
        fromBunker(clientKey: Uint8Array, pointer: any, options?: any): RemoteConnection;
    };
};
export type RemoteConnection = {
    connect: () => Promise<void>;
    getPublicKey: () => Promise<string>;
    signEvent: (template: EventTemplate) => Promise<SignedEvent>;
    close: () => Promise<void>;
};
/**
 * a signer that names one key and signs with another
 */
export type Accounts = {
    /**
     * in hex
     */
    named: string;
    /**
     * likewise
     */
    signed: string;
};
export type Proof = {
    event: SignedEvent;
    /**
     * the key that the signer names, in hex; undefined where it was not asked or names none
     */
    named: string | undefined;
    /**
     * by how many seconds this device's clock is ahead of the server's
     */
    deviceAhead: number;
    /**
     * likewise the clock that the event's time was read from
     */
    signerAhead: number;
};
