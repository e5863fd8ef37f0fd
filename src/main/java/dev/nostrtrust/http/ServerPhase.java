package dev.nostrtrust.http;

/** The phase of a server between start and stop. */
public enum ServerPhase {
    STARTING,
    SERVING,
    /** The server still serves, but is not ready for new clients. */
    LEAVING
}
