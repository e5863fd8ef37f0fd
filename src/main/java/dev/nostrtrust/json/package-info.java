/** Lossless JSON: a strict reader, a tree that keeps number literals, and a writer in the form of JSON.stringify. */
@NullMarked
package dev.nostrtrust.json;

import org.jspecify.annotations.NullMarked;
