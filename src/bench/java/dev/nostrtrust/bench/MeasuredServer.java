package dev.nostrtrust.bench;

import java.io.IOException;
import java.nio.file.Path;

/** A server with its database, some users that are logged in, a worker and a service. */
final class MeasuredServer implements AutoCloseable {
    private static final int USERS = 1000;

    private final BenchDatabase database;
    private final BenchServer server;
    private final String worker;
    private final String service;
    private final Path users;

    private MeasuredServer(BenchDatabase database, BenchServer server, String name) throws Exception {
        this.database = database;
        this.server = server;
        this.worker = server.token("worker");
        this.service = server.token("service");
        this.users = BenchEnvironment.DIRECTORY.resolve(name + "-users.txt");
    }

    /** Starts the server on a database and logs users in. */
    static MeasuredServer start(String name, BenchDatabase database, Generator generator) throws Exception {
        BenchServer server =
                BenchServer.start(database.address(), BenchEnvironment.DIRECTORY.resolve(name + "-server.log"));
        MeasuredServer measured = new MeasuredServer(database, server, name);
        saveTokens(generator, server.port(), measured.users);
        return measured;
    }

    /** Logs users in and writes their tokens to a file. */
    static void saveTokens(Generator generator, int port, Path file) throws IOException {
        generator.run(Words.parse("kind=login connections=32 count=" + USERS + " port=" + port + " save=" + file));
    }

    BenchDatabase database() {
        return database;
    }

    int port() {
        return server.port();
    }

    /** The words of a load on this server, with its credentials. */
    Words load(String kind) {
        return Words.parse("kind=" + kind + " port=" + server.port() + " users=" + users + " worker=" + worker
                + " service=" + service + " identities=" + database.identities());
    }

    @Override
    public void close() {
        server.close();
    }
}
