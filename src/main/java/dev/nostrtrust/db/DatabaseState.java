package dev.nostrtrust.db;

/** Observed state of the database. */
public enum DatabaseState {
    /** It answers and accepts writes. */
    PRESENT,
    /** It answers and refuses writes. */
    READ_ONLY,
    /** It does not answer. */
    AWAY
}
