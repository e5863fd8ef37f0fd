package dev.nostrtrust.torture;

import java.util.List;

/**
 * Where a server runs: here, or in a network namespace that stands for a machine of its own.
 *
 * @param namespace its name; empty here
 * @param address where clients reach it
 * @param peerAddress where other servers reach it
 */
record Host(String namespace, String address, String peerAddress) {
    static final Host LOCAL = new Host("", "127.0.0.1", "127.0.0.1");

    /** What a command has to begin with to run there. */
    List<String> prefix() {
        return namespace.isEmpty() ? List.of() : List.of("ip", "netns", "exec", namespace);
    }
}
