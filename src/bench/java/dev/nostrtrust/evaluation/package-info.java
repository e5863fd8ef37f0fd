/** How well trust policies predict outcomes, and what attacks on them cost: docs/trust.md. */
@NullMarked
package dev.nostrtrust.evaluation;

import org.jspecify.annotations.NullMarked;
