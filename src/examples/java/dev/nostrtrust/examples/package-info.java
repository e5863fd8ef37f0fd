/** Programs that use the server, to begin from. The tests run them. */
@NullMarked
package dev.nostrtrust.examples;

import org.jspecify.annotations.NullMarked;
