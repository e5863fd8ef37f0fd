/** The client for consumers of trust events: reads the feed, wakes on the event bus, keeps a cursor. */
@NullMarked
package dev.nostrtrust.client;

import org.jspecify.annotations.NullMarked;
