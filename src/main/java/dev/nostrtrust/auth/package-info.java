/** Authentication and authorization: tokens, callers, identities, idempotency keys and limits per caller. */
@NullMarked
package dev.nostrtrust.auth;

import org.jspecify.annotations.NullMarked;
