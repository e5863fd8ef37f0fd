/** Identity: challenges, logins, tokens. */
@NullMarked
package dev.nostrtrust.identity;

import org.jspecify.annotations.NullMarked;
