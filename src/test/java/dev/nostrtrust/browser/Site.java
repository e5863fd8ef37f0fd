package dev.nostrtrust.browser;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.fixture.FreePorts;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.fixture.TestDatabases;
import java.util.Map;
import java.util.TreeMap;

/** A server that browsers reach at the origin that stands in its challenges. */
final class Site implements AutoCloseable {
    private final TestServer server;
    private final String origin;

    private Site(TestServer server, String origin) {
        this.server = server;
        this.origin = origin;
    }

    static Site start() {
        return start(Map.of());
    }

    static Site start(Map<String, String> settings) {
        int port = FreePorts.next();
        String origin = "http://localhost:" + port;
        Map<String, String> all = new TreeMap<>(Map.of("HTTP_PORT", String.valueOf(port), "PUBLIC_ORIGINS", origin));
        all.putAll(settings);
        return new Site(TestServer.start(all, TestDatabases.fresh(), new TestClock()), origin);
    }

    TestServer server() {
        return server;
    }

    String origin() {
        return origin;
    }

    @Override
    public void close() {
        server.close();
    }
}
