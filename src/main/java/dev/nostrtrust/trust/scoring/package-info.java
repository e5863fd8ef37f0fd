/** Scoring: adds facts to the ledger as entries and updates the balances of their identities. */
@NullMarked
package dev.nostrtrust.trust.scoring;

import org.jspecify.annotations.NullMarked;
