/** The event bus: the Vert.x node, its cluster, topics, subscriptions and wake-ups. */
@NullMarked
package dev.nostrtrust.bus;

import org.jspecify.annotations.NullMarked;
