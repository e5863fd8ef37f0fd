/** Replay: scores the whole ledger again and compares every stored bit. Blocks; only commands use it. */
@NullMarked
package dev.nostrtrust.trust.replay;

import org.jspecify.annotations.NullMarked;
