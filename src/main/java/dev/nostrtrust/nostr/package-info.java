/** Nostr as far as a login needs it: keys, events, ids and signatures (NIP-01, NIP-19, BIP-340). Pure; any thread. */
@NullMarked
package dev.nostrtrust.nostr;

import org.jspecify.annotations.NullMarked;
