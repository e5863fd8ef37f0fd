/** The trust model: pure functions from facts and time to balance, score and tier. */
@NullMarked
package dev.nostrtrust.trust.model;

import org.jspecify.annotations.NullMarked;
