/**
 * Gets a challenge and has it signed.
 *
 * @param {Signer} signer
 * @param {string} base of the server
 * @param {'login' | 'erase'} purpose
 * @param {{pubkey?: string, signal?: AbortSignal}} options `pubkey` (hex) is whose signature the caller expects
 * @throws {TrustError} the server's refusals, the signer's, or `signer_wrong_account`
 */
export function proofBy(signer: Signer, base: string, purpose: "login" | "erase", { pubkey, signal }: {
    pubkey?: string;
    signal?: AbortSignal;
}): Promise<SignedEvent>;
/**
 * The signer that an extension of the browser offers as `window.nostr` (NIP-07).
 *
 * @returns {Signer} whose methods throw `signer_missing` where there is none, and `signer_refused` where its user says no
 */
export function browserSigner(): Signer;
/** Whether the browser has a signer; those that load late are waited for a little. */
export function hasBrowserSigner(patience?: number): Promise<boolean>;
/**
 * A remote signer (NIP-46), by way of nostr-tools.
 *
 * @param {string} address `bunker://…`, or a name such as `alice@example.com`
 * @param {object} tools
 * @param {Nip46} tools.nip46 the module `nostr-tools/nip46`
 * @param {Uint8Array} tools.clientKey the secret key that this application talks to the signer with; a signer that has
 *   once been given leave for it knows the application by that key
 * @param {(url: string) => void} [tools.onAuth] shows a page on which the signer wants its user's leave
 * @param {number} [tools.patience] how long it may take to answer, in milliseconds
 * @returns {Promise<Signer & {close(): Promise<void>}>}
 * @throws {TrustError} `signer_missing` where the address leads nowhere, `signer_refused` where the signer says no,
 *   `signer_silent` where it does not answer
 */
export function remoteSigner(address: string, { nip46, clientKey, onAuth, patience }: {
    nip46: Nip46;
    clientKey: Uint8Array;
    onAuth?: ((url: string) => void) | undefined;
    patience?: number | undefined;
}): Promise<Signer & {
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
export type Signer = {
    kind: "browser" | "remote" | "throwaway";
    /**
     * in hex
     */
    getPublicKey: () => Promise<string>;
    signEvent: (template: EventTemplate) => Promise<SignedEvent>;
    /**
     * for signers that say when their user takes another account
     */
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
