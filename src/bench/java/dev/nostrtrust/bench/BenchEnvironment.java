package dev.nostrtrust.bench;

import dev.nostrtrust.fixture.FreePorts;
import dev.nostrtrust.fixture.Program;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;

/**
 * What is measured and what measures: one PostgreSQL with a database for the server and a copy of it for pgbench and
 * peers, and the processes of the server, the bare server, the Node server and the load generator.
 */
final class BenchEnvironment implements AutoCloseable {
    static final Path DIRECTORY = Path.of("target/bench").toAbsolutePath();

    private final Generator generator;
    private final BenchDatabase theirs;
    private final MeasuredServer server;
    private final int barePort;
    private final Process bare;
    private final NodePeers peers;
    private final Path peerUsers = DIRECTORY.resolve("peer-users.txt");

    private BenchEnvironment() throws Exception {
        generator = Generator.start();
        BenchDatabase ours = BenchDatabase.createSmall();
        theirs = ours.copy();
        server = MeasuredServer.start("small", ours, generator);
        barePort = FreePorts.next();
        bare = startBare(barePort);
        peers = NodePeers.start(theirs.address());
        if (peers.missing() == null) {
            MeasuredServer.saveTokens(generator, peers.port(1), peerUsers);
        }
    }

    static BenchEnvironment start() throws Exception {
        return new BenchEnvironment();
    }

    Generator generator() {
        return generator;
    }

    MeasuredServer server() {
        return server;
    }

    /** The database of pgbench and the Node server. */
    BenchDatabase theirs() {
        return theirs;
    }

    int barePort() {
        return barePort;
    }

    NodePeers peers() {
        return peers;
    }

    /** The words of the same load on the Node server with some processes. */
    Words peerLoad(Words ours, int processes) {
        return ours.with("port", peers.port(processes)).with("users", peerUsers);
    }

    /** Waits until nothing runs in the background. */
    void settle() throws InterruptedException {
        server.database().awaitScored();
    }

    private Process startBare(int port) throws IOException, InterruptedException {
        int size = challengeSize();
        Process process = ChildProcesses.start(new ProcessBuilder(Program.commandOf(
                        BareServer.class.getName(), List.of(), String.valueOf(port), String.valueOf(size)))
                .inheritIO());
        awaitPort(port, process);
        return process;
    }

    /** The size of the body of a challenge. */
    private int challengeSize() throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + server.port() + "/api/identity/challenge");
        HttpRequest request = HttpRequest.newBuilder(uri)
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofByteArray())
                .body()
                .length;
    }

    /** Waits until a process listens. */
    static void awaitPort(int port, Process process) throws IOException, InterruptedException {
        while (!isOpen(port)) {
            if (!process.isAlive()) {
                throw new IOException("a process has ended that should serve port " + port);
            }
            Thread.sleep(2);
        }
    }

    private static boolean isOpen(int port) {
        try {
            new Socket(InetAddress.getLoopbackAddress(), port).close();
            return true;
        } catch (IOException closed) {
            return false;
        }
    }

    @Override
    public void close() {
        generator.close();
        bare.destroy();
        peers.close();
        server.close();
    }
}
