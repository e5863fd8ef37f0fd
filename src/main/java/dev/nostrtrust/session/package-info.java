/** Sessions: the SQL, the use cases and the HTTP routes of sessions. */
@NullMarked
package dev.nostrtrust.session;

import org.jspecify.annotations.NullMarked;
