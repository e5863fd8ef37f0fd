/** The public interface of trust: HTTP routes, queries on the event bus, and the operations of operators. */
@NullMarked
package dev.nostrtrust.trust.api;

import org.jspecify.annotations.NullMarked;
