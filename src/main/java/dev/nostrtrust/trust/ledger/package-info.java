/** The ledger: facts, scored entries, the hash chain, and the standings that result from the facts. */
@NullMarked
package dev.nostrtrust.trust.ledger;

import org.jspecify.annotations.NullMarked;
