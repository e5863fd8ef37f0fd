/** Measures the server beside what a user would pick instead: see src/bench/README.md. */
@NullMarked
package dev.nostrtrust.bench;

import org.jspecify.annotations.NullMarked;
