/** Replay: scores the whole ledger again and compares every stored bit. Blocks; runs in commands. */
@NullMarked
package dev.nostrtrust.trust.replay;

import org.jspecify.annotations.NullMarked;
