package dev.nostrtrust.error;

/**
 * One invalid field of a request.
 *
 * @param field path of the field, such as {@code request} or {@code query.limit}
 * @param message expected value, as a sentence; never contains the actual value
 */
public record Violation(String field, String message) {}
