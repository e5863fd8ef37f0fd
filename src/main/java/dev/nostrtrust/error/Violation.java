package dev.nostrtrust.error;

/**
 * One thing that is wrong with an input.
 *
 * @param field where, as a path such as {@code request} or {@code query.limit}
 * @param message what is expected there, as a sentence without the offending value
 */
public record Violation(String field, String message) {}
