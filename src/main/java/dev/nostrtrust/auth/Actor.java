package dev.nostrtrust.auth;

import org.jspecify.annotations.Nullable;

/**
 * Who makes a change, and why, for the audit log.
 *
 * @param name such as {@code operator:alice}, {@code operator:} and a public key, or {@code command:root}
 * @param reason in the operator's own words, up to {@link #MAX_REASON} UTF-16 code units; null without one
 */
public record Actor(String name, @Nullable String reason) {
    public static final int MAX_REASON = 200;
}
