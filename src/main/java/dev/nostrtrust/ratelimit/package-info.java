/** Rate limits: limits, token buckets in the database, and client addresses. */
@NullMarked
package dev.nostrtrust.ratelimit;

import org.jspecify.annotations.NullMarked;
