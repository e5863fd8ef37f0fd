package dev.nostrtrust;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.eventbus.DeliveryContext;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Everything that a server sends on its event bus, in order, from the moment at which this is made: what is published,
 * what is sent to one, what is asked and what is replied. It takes nothing away from those who listen.
 */
public final class BusRecorder {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Queue<Sent> sent = new ConcurrentLinkedQueue<>();

    /**
     * A message.
     *
     * @param toOne whether one listener gets it, or all
     * @param body the object that was sent; anything else as a string
     */
    public record Sent(String address, boolean toOne, ObjectNode headers, JsonNode body) {
        public String header(String name) {
            return headers.path(name).asText();
        }

        /** The trace id in its {@code traceparent}. */
        public String traceId() {
            return header("traceparent").split("-", -1)[1];
        }

        /** Both parts as one object, as the recorded messages of old versions are kept. */
        public ObjectNode json() {
            ObjectNode both = JSON.createObjectNode();
            both.set("headers", headers);
            both.set("body", body);
            return both;
        }
    }

    private BusRecorder() {}

    public static BusRecorder of(TestServer server) {
        BusRecorder recorder = new BusRecorder();
        server.vertx().eventBus().<Object>addOutboundInterceptor(recorder::record);
        return recorder;
    }

    public List<Sent> all() {
        return List.copyOf(sent);
    }

    public List<Sent> on(String address) {
        return sent.stream().filter(one -> one.address().equals(address)).toList();
    }

    private void record(DeliveryContext<Object> delivery) {
        ObjectNode headers = JSON.createObjectNode();
        delivery.message().headers().forEach((name, value) -> headers.put(name, value));
        sent.add(new Sent(delivery.message().address(), delivery.send(), headers, json(delivery.body())));
        delivery.next();
    }

    private static JsonNode json(Object body) {
        try {
            return body instanceof JsonObject object
                    ? JSON.readTree(object.encode())
                    : JSON.getNodeFactory().textNode(String.valueOf(body));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
