/**
 * The key in lower-case hex, as Nostr events have it (NIP-01).
 *
 * @param {unknown} text 64 hex digits in any case; with the prefix 02 or 03 of a compressed point or as an uncompressed one; an
 *   npub (NIP-19), also as a `nostr:` address (NIP-21); white space around it is ignored
 * @returns {string | undefined} undefined for anything else
 */
export function keyOf(text: unknown): string | undefined;
