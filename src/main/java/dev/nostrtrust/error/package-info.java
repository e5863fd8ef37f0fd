/** API errors: one exception with a closed list of error codes. Pure. */
@NullMarked
package dev.nostrtrust.error;

import org.jspecify.annotations.NullMarked;
