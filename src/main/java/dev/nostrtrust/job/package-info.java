/** Jobs: the states of a job, its SQL, its use cases and its HTTP routes. */
@NullMarked
package dev.nostrtrust.job;

import org.jspecify.annotations.NullMarked;
