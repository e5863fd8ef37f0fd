/** Configuration: the settings, their sources and checks, and values read from them. */
@NullMarked
package dev.nostrtrust.config;

import org.jspecify.annotations.NullMarked;
