/** For those who build on the server: a consumer that misses nothing, in a process of its own. */
@NullMarked
package dev.nostrtrust.feed;

import org.jspecify.annotations.NullMarked;
