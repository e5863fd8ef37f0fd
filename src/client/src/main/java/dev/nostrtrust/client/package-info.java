/** The client for consumers of trust events: reads the feed, reacts to wake-ups, stores a cursor. */
@NullMarked
package dev.nostrtrust.client;

import org.jspecify.annotations.NullMarked;
