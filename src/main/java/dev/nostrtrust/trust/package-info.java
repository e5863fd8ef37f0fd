/** Trust: the pure model (facts, state, policy), the ledger, the scorer and what is read of it. */
@NullMarked
package dev.nostrtrust.trust;

import org.jspecify.annotations.NullMarked;
