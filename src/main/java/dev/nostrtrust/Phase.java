package dev.nostrtrust;

/** Where a server is between its start and its end. */
enum Phase {
    STARTING,
    SERVING,
    /** It still serves, and wants nobody to come any more. */
    LEAVING
}
