package dev.nostrtrust.db;

/** What is known of the database. */
public enum DatabaseState {
    /** It answers and can be written to. */
    PRESENT,
    /** It answers, and takes no writes. */
    READ_ONLY,
    /** It does not answer. */
    AWAY
}
