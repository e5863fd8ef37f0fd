/** Example programs that use the server. The tests run them. */
@NullMarked
package dev.nostrtrust.examples;

import org.jspecify.annotations.NullMarked;
