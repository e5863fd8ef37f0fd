package dev.nostrtrust.torture;

/** Something that an invariant does not allow, in words that lead to the row. */
record BrokenInvariant(Invariant invariant, String what) {}
