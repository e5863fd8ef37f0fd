/** Refusals: one exception and the closed list of its kinds. Imports nothing of this project. */
@NullMarked
package dev.nostrtrust.fault;

import org.jspecify.annotations.NullMarked;
