package dev.nostrtrust.torture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Some machines of our own: network namespaces with two wires each, one to clients and the database, one to each other,
 * which can be cut. Needs root and iproute2.
 */
final class NetworkNamespace implements AutoCloseable {
    private static final int NAME = (int) (ProcessHandle.current().pid() % 250);
    private static final String SERVICE = "nts" + NAME;
    private static final String PEERS = "ntp" + NAME;

    private final List<Host> hosts = new ArrayList<>();

    private NetworkNamespace() {}

    static NetworkNamespace of(int machines) {
        NetworkNamespace network = new NetworkNamespace();
        try {
            bridge(SERVICE, service(1));
            bridge(PEERS, peer(1));
            for (int i = 0; i < machines; i++) {
                network.add(i);
            }
            return network;
        } catch (RuntimeException e) {
            network.close();
            throw e;
        }
    }

    List<Host> hosts() {
        return hosts;
    }

    /** Where the machines reach this one: its database. */
    String gateway() {
        return service(1);
    }

    /** This machine as one that takes part. */
    String ownPeerAddress() {
        return peer(1);
    }

    /** Takes a machine's wire to the others away; clients and the database still reach it. */
    void cut(Host host) {
        ip("link", "set", wire("p", hosts.indexOf(host)), "down");
    }

    void heal(Host host) {
        ip("link", "set", wire("p", hosts.indexOf(host)), "up");
    }

    @Override
    public void close() {
        for (Host host : hosts) {
            attempt("netns", "del", host.namespace());
        }
        attempt("link", "del", SERVICE);
        attempt("link", "del", PEERS);
    }

    private void add(int number) {
        String namespace = "nt" + NAME + "-" + number;
        Host host = new Host(namespace, service(number + 2), peer(number + 2));
        hosts.add(host);
        ip("netns", "add", namespace);
        ip("-n", namespace, "link", "set", "lo", "up");
        plug(namespace, wire("s", number), "service", SERVICE, host.address());
        plug(namespace, wire("p", number), "peers", PEERS, host.peerAddress());
    }

    private static void plug(String namespace, String here, String there, String bridge, String address) {
        ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", namespace);
        ip("link", "set", here, "master", bridge, "up");
        ip("-n", namespace, "addr", "add", address + "/24", "dev", there);
        ip("-n", namespace, "link", "set", there, "up");
    }

    private static void bridge(String name, String address) {
        ip("link", "add", name, "type", "bridge");
        ip("addr", "add", address + "/24", "dev", name);
        ip("link", "set", name, "up");
    }

    private static String wire(String kind, int number) {
        return "nt" + kind + NAME + "-" + number;
    }

    private static String service(int number) {
        return "10.201." + NAME + "." + number;
    }

    private static String peer(int number) {
        return "10.202." + NAME + "." + number;
    }

    private static void ip(String... arguments) {
        int exit = run(arguments);
        if (exit != 0) {
            throw new IllegalStateException("ip " + String.join(" ", arguments) + " exits with " + exit);
        }
    }

    private static void attempt(String... arguments) {
        if (run(arguments) != 0) {
            System.err.println("ip " + String.join(" ", arguments) + " did not work");
        }
    }

    private static int run(String... arguments) {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(Arrays.asList(arguments));
        try {
            return new ProcessBuilder(command).inheritIO().start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
