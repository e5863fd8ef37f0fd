/** Trust for the outside: HTTP routes, the event bus address for queries, and the actions of operators. */
@NullMarked
package dev.nostrtrust.trust.api;

import org.jspecify.annotations.NullMarked;
