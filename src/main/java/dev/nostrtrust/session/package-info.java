/** Sessions: their SQL, use cases and HTTP routes. */
@NullMarked
package dev.nostrtrust.session;

import org.jspecify.annotations.NullMarked;
