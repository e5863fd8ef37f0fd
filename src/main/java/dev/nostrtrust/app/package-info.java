/** The program: its commands, and the wiring, start and shutdown of the server. */
@NullMarked
package dev.nostrtrust.app;

import org.jspecify.annotations.NullMarked;
