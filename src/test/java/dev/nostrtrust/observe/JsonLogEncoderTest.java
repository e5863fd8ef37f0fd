package dev.nostrtrust.observe;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;

/** Lines of the log, inside and outside the context of a request. */
@ExtendWith(VertxExtension.class)
class JsonLogEncoderTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    private final JsonLogEncoder encoder = new JsonLogEncoder();

    private static LoggingEvent event(String message, @Nullable Throwable thrown, Object... arguments) {
        Logger log = (Logger) LoggerFactory.getLogger(JsonLogEncoderTest.class);
        return new LoggingEvent(JsonLogEncoderTest.class.getName(), log, Level.WARN, message, thrown, arguments);
    }

    private String line(LoggingEvent event) {
        return new String(encoder.encode(event), StandardCharsets.UTF_8);
    }

    @Test
    void an_event_is_one_line_of_json_whatever_its_message() {
        String line = line(event("first \"{}\"\nsecond \u2028 ü", null, "value"));

        assertThat(line).endsWith("}\n").doesNotContain("\r");
        assertThat(line.indexOf('\n')).isEqualTo(line.length() - 1);
        JsonObject json = new JsonObject(line);
        assertThat(json.getString("message")).isEqualTo("first \"value\"\nsecond \u2028 ü");
        assertThat(json.getString("level")).isEqualTo("WARN");
        assertThat(json.getString("logger")).isEqualTo(JsonLogEncoderTest.class.getName());
        assertThat(json.getString("thread")).isEqualTo(Thread.currentThread().getName());
        assertThat(json.getInstant("timestamp")).isNotNull();
        assertThat(json.containsKey("trace_id")).isFalse();
    }

    @Test
    void named_values_are_members_and_numbers_stay_numbers() {
        LoggingEvent event = event("request", null);
        event.setKeyValuePairs(List.of(new KeyValuePair("status", 200), new KeyValuePair("path", "/api")));

        JsonObject json = new JsonObject(line(event));

        assertThat(json.getValue("status")).isEqualTo(200);
        assertThat(json.getValue("path")).isEqualTo("/api");
    }

    @Test
    void an_exception_has_its_stack_in_the_line() {
        JsonObject json = new JsonObject(line(event("failed", new IllegalStateException("on purpose"))));

        assertThat(json.getString("exception"))
                .startsWith("java.lang.IllegalStateException: on purpose")
                .contains("JsonLogEncoderTest");
    }

    @Test
    void a_line_of_a_request_has_its_trace(Vertx vertx, VertxTestContext context) {
        vertx.runOnContext(now -> context.verify(() -> {
            TraceParent.set(TRACE);

            JsonObject json = new JsonObject(line(event("in a request", null)));

            assertThat(json.getString("trace_id")).isEqualTo(TRACE);
            assertThat(json.getString("span_id")).matches("[0-9a-f]{16}");
            assertThat(new TraceIdConverter().convert(event("the same", null))).isEqualTo(TRACE);
            context.completeNow();
        }));
        assertThat(new TraceIdConverter().convert(event("outside", null))).isEqualTo("-");
    }
}
