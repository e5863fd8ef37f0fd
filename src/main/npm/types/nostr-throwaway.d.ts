/**
 * Signs 32 bytes (BIP-340).
 *
 * @param {Uint8Array} message
 * @param {Uint8Array} secret 32 bytes, a number from 1 to N - 1
 * @param {Uint8Array} random 32 bytes, new each time
 * @returns {Promise<Uint8Array>} 64 bytes
 */
export function signSchnorr(message: Uint8Array, secret: Uint8Array, random?: Uint8Array): Promise<Uint8Array>;
/**
 * A signer with a key of its own, made when it is needed first and kept in the storage.
 *
 * @param {{storage?: Store, name?: string}} [options] where the key is kept, and under which name
 * @returns {OwnSigner & {forget(): void}} `forget` destroys the key
 */
export function throwawaySigner({ storage, name }?: {
    storage?: Store;
    name?: string;
}): OwnSigner & {
    forget(): void;
};
export function publicKeyOf(secret: Uint8Array): string;
/**
 * on secp256k1, by its coordinates
 */
export type Point = [bigint, bigint];
export type OwnSigner = import("./nostr-signers.js").OwnSigner;
export type Store = import("./nostr-storage.js").Store;
