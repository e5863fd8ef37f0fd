package dev.nostrtrust.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.observe.TraceParent.Span;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.junit5.Checkpoint;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The trace that belongs to a context of Vert.x. */
@ExtendWith(VertxExtension.class)
class TraceContextTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String OTHER = "0af7651916cd43dd8448eb211c80319c";

    @Test
    void a_message_carries_the_trace_and_the_span_of_its_context(Vertx vertx, VertxTestContext context) {
        vertx.runOnContext(now -> context.verify(() -> {
            TraceParent.set(TRACE);
            Span span = Objects.requireNonNull(TraceParent.current());

            assertThat(TraceParent.next()).isEqualTo("00-" + TRACE + "-" + span.spanId() + "-01");
            assertThat(TraceParent.traceId(TraceParent.next())).isEqualTo(TRACE);
            context.completeNow();
        }));
    }

    @Test
    void requests_on_one_event_loop_keep_their_own_traces(Vertx vertx, VertxTestContext context) {
        ContextInternal loop = (ContextInternal) vertx.getOrCreateContext();
        ContextInternal first = loop.duplicate();
        ContextInternal second = loop.duplicate();
        Checkpoint checked = context.checkpoint(2);
        first.runOnContext(now -> TraceParent.set(TRACE));
        second.runOnContext(now -> TraceParent.set(OTHER));

        first.runOnContext(now -> context.verify(() -> {
            assertThat(TraceParent.current())
                    .isNotNull()
                    .extracting(Span::traceId)
                    .isEqualTo(TRACE);
            checked.flag();
        }));
        second.runOnContext(now -> context.verify(() -> {
            assertThat(TraceParent.current())
                    .isNotNull()
                    .extracting(Span::traceId)
                    .isEqualTo(OTHER);
            checked.flag();
        }));
    }

    @Test
    void outside_a_context_there_is_no_span_and_each_message_starts_a_trace() {
        TraceParent.set(TRACE);

        assertThat(TraceParent.current()).isNull();
        assertThat(TraceParent.next()).doesNotContain(TRACE).isNotEqualTo(TraceParent.next());
    }
}
