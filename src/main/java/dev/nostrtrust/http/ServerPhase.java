package dev.nostrtrust.http;

/** Where a server is between its start and its end. */
public enum ServerPhase {
    STARTING,
    SERVING,
    /** It still serves, and wants nobody to come any more. */
    LEAVING
}
