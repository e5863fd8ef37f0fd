/** The ledger: facts, scored entries, the hash chain, and the fold of entries into standings. */
@NullMarked
package dev.nostrtrust.trust.ledger;

import org.jspecify.annotations.NullMarked;
