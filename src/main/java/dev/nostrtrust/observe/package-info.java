/** Observability: metrics, traces and log lines. */
@NullMarked
package dev.nostrtrust.observe;

import org.jspecify.annotations.NullMarked;
