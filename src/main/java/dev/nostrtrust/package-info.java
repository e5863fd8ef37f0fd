/** The program: its commands, and how a server is put together. */
@NullMarked
package dev.nostrtrust;

import org.jspecify.annotations.NullMarked;
