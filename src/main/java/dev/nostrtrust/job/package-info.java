/** Jobs: work that was asked for, done by workers, and what became of it. */
@NullMarked
package dev.nostrtrust.job;

import org.jspecify.annotations.NullMarked;
