/** Overload protection: admission, permits, connection tracking and timeouts. */
@NullMarked
package dev.nostrtrust.overload;

import org.jspecify.annotations.NullMarked;
