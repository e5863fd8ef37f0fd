/** How much anyone may ask for in a while, counted for all nodes together. */
@NullMarked
package dev.nostrtrust.rate;

import org.jspecify.annotations.NullMarked;
