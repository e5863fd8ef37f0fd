/** Scoring: gives each fact its place in the ledger and moves the balance of its identity. */
@NullMarked
package dev.nostrtrust.trust.scoring;

import org.jspecify.annotations.NullMarked;
