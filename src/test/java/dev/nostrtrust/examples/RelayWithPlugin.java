package dev.nostrtrust.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.e2e.Waiting;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Starts write policies and sends them the requests that strfry sends. */
final class RelayWithPlugin {
    static final String ACCEPTED = "";

    /** A slow machine decides no test. */
    private static final String LONG_TIMEOUT = "60";

    private final ExampleProgram example;
    private final List<Process> started = new ArrayList<>();
    private int events;

    RelayWithPlugin(ExampleProgram example) {
        this.example = example;
    }

    Process start(TestServer server, Map<String, String> more) throws IOException {
        Map<String, String> settings = new TreeMap<>(Map.of(
                "ENGINE_URL",
                "http://127.0.0.1:" + server.port(),
                "SERVICE_TOKEN",
                server.token(Scope.SERVICE, "relay", Duration.ofDays(3650)),
                "TIMEOUT_SECONDS",
                LONG_TIMEOUT));
        settings.putAll(more);
        return open(settings);
    }

    Process open(Map<String, String> settings) throws IOException {
        Process plugin = example.start(settings);
        started.add(plugin);
        return plugin;
    }

    String verdict(Process plugin, String pubkey) {
        return verdict(plugin, pubkey, "IP4");
    }

    /** The reason of a rejection; {@link #ACCEPTED} if the event is accepted. */
    String verdict(Process plugin, String pubkey, String source) {
        String id = "%064x".formatted(events++);
        int before = example.lines().size();
        write(plugin, request(id, pubkey, source) + "\n");
        Waiting.until(() -> example.lines().size() > before);
        JsonObject verdict = example.lines().get(before);
        assertThat(verdict.getString("id")).isEqualTo(id);
        assertThat(verdict.getString("action")).isEqualTo(verdict.containsKey("msg") ? "reject" : "accept");
        return verdict.getString("msg", ACCEPTED);
    }

    /** A request with the fields that strfry sends. */
    static String request(String id, String pubkey, String source) {
        JsonObject event = new JsonObject()
                .put("id", id)
                .put("pubkey", pubkey)
                .put("created_at", 1)
                .put("kind", 1)
                .put("tags", List.of())
                .put("content", "hello \u2028 \ud83d\ude00")
                .put("sig", "00".repeat(64));
        return new JsonObject()
                .put("type", "new")
                .put("event", event)
                .put("receivedAt", 1)
                .put("sourceType", source)
                .put("sourceInfo", "203.0.113.7")
                .encode();
    }

    static void write(Process plugin, String text) {
        write(plugin, text.getBytes(StandardCharsets.UTF_8));
    }

    static void write(Process plugin, byte[] bytes) {
        try {
            plugin.getOutputStream().write(bytes);
            plugin.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Kills what was started. */
    void end() throws InterruptedException {
        for (Process process : started) {
            process.destroyForcibly().waitFor();
        }
    }
}
