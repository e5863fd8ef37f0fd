/** Nostr events, keys and signatures (NIP-01, NIP-19). Pure. */
@NullMarked
package dev.nostrtrust.nostr;

import org.jspecify.annotations.NullMarked;
