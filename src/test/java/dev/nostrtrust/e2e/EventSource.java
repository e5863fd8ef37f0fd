package dev.nostrtrust.e2e;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.app.TestServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** What a browser's EventSource does: reads a stream of server-sent events on a thread of its own. */
final class EventSource implements AutoCloseable {
    private final InputStream stream;
    private final List<Event> events = new CopyOnWriteArrayList<>();
    private final AtomicInteger comments = new AtomicInteger();
    private volatile boolean over;

    /** One event. */
    record Event(@Nullable String id, String type, JsonNode data) {}

    private EventSource(InputStream stream) {
        this.stream = stream;
        Thread reader = new Thread(this::read, "event source");
        reader.setDaemon(true);
        reader.start();
    }

    static EventSource open(TestServer server, String path) {
        return open(server, path, null);
    }

    static EventSource open(TestServer server, String path, @Nullable String authorization, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .header("Accept", "text/event-stream");
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        try {
            HttpResponse<InputStream> response =
                    HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            if (response.statusCode() != 200
                    || !response.headers().firstValue("Content-Type").orElse("").equals("text/event-stream")) {
                throw new IllegalStateException("no stream: " + response + response.headers());
            }
            return new EventSource(response.body());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    List<Event> events() {
        return events;
    }

    /** How many signs of life came. */
    int comments() {
        return comments.get();
    }

    /** Whether the server has ended it. */
    boolean isOver() {
        return over;
    }

    @Override
    public void close() {
        try {
            stream.close();
        } catch (IOException alreadyGone) {
            over = true;
        }
    }

    private void read() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            String id = null;
            String type = "";
            String data = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(":")) {
                    comments.incrementAndGet();
                } else if (line.startsWith("id: ")) {
                    id = line.substring(4);
                } else if (line.startsWith("event: ")) {
                    type = line.substring(7);
                } else if (line.startsWith("data: ")) {
                    data = line.substring(6);
                } else if (line.isEmpty() && !data.isEmpty()) {
                    events.add(new Event(id, type, parse(data)));
                    id = null;
                    data = "";
                }
            }
            over = true;
        } catch (IOException cut) {
            over = true;
        }
    }

    private static JsonNode parse(String data) throws JsonProcessingException {
        return Api.JSON.readTree(data);
    }
}
