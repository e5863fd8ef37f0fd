package dev.nostrtrust.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.platform.Metrics;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class QuickRefusalsTest {
    private static final String SHOP = "https://shop.example";

    private final RequestMeters meters = new RequestMeters(Metrics.start(), new AccessLog(false));
    private final QuickRefusals refusals = new QuickRefusals(
            new Admission(1, Duration.ofSeconds(1)),
            new Problems(InstantSource.system(), meters),
            meters,
            new CrossOrigin(List.of(SHOP)));

    private String answer(String headers) {
        ByteBuf bytes = Unpooled.copiedBuffer(
                "GET /api/jobs HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n", StandardCharsets.US_ASCII);
        RequestBytes request = Objects.requireNonNull(RequestBytes.at(bytes));
        return refusals.answer(request, System.nanoTime()).toString(StandardCharsets.UTF_8);
    }

    @Test
    void a_refusal_names_the_trace_of_its_request_twice() {
        String trace = "0af7651916cd43dd8448eb211c80319c";

        String answer = answer("traceparent: 00-" + trace + "-b7ad6b7169203331-01\r\n");

        assertThat(answer).startsWith("HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n");
        assertThat(answer.split(trace, -1)).hasSize(3);
        assertThat(answer).doesNotContain("Access-Control");
    }

    @Test
    void a_page_that_may_read_answers_may_read_a_refusal() {
        String answer = answer("Origin: " + SHOP + "\r\n");

        assertThat(answer)
                .startsWith("HTTP/1.1 503 Service Unavailable\r\nAccess-Control-Allow-Origin: " + SHOP + "\r\n")
                .contains("\r\nContent-Type: application/problem+json\r\n")
                .contains("\"code\":\"overloaded\"");
        String[] parts = answer.split("\r\n\r\n", 2);
        assertThat(parts[0]).contains("Content-Length: " + parts[1].length());
    }

    @Test
    void no_other_page_may() {
        assertThat(answer("Origin: https://evil.example\r\n")).doesNotContain("Access-Control");
    }
}
