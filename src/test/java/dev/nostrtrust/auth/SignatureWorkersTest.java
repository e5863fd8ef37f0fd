package dev.nostrtrust.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.nostr.Event;
import dev.nostrtrust.nostr.SecretKey;
import dev.nostrtrust.observe.Metrics;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two signatures may be in flight, and one thread verifies them. */
@ExtendWith(VertxExtension.class)
class SignatureWorkersTest {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Event EVENT =
            SecretKey.random(RANDOM).sign(1_735_689_600, 27235, List.of(List.of("u", "x")), "", RANDOM);

    private SignatureWorkers workers;

    @BeforeEach
    void start(Vertx vertx) {
        Settings settings = SettingsReader.of(Map.of("SIGNATURE_IN_FLIGHT", "2", "SIGNATURE_WORKERS", "1"))
                .settings();
        workers = SignatureWorkers.start(vertx, settings, Metrics.start());
    }

    private static ErrorCode code(Future<?> refused) {
        return ((ApiError) refused.cause()).code();
    }

    @Test
    void an_event_is_verified_off_the_event_loop_and_arrives_on_the_context_of_its_caller(
            Vertx vertx, VertxTestContext test) {
        Context caller = vertx.getOrCreateContext();

        caller.runOnContext(now -> Future.all(workers.verify(EVENT), workers.run(Context::isOnWorkerThread))
                .onComplete(test.succeeding(done -> test.verify(() -> {
                    assertThat(done.<Boolean>resultAt(1)).isTrue();
                    assertThat(Vertx.currentContext()).isSameAs(caller);
                    test.completeNow();
                }))));
    }

    @Test
    void an_event_with_another_id_or_signature_is_refused(VertxTestContext test) {
        Event otherContent =
                new Event(EVENT.id(), EVENT.pubkey(), EVENT.createdAt(), EVENT.kind(), EVENT.tags(), "x", EVENT.sig());
        Event otherSignature = new Event(
                EVENT.id(),
                EVENT.pubkey(),
                EVENT.createdAt(),
                EVENT.kind(),
                EVENT.tags(),
                EVENT.content(),
                "0".repeat(128));
        Future<?> content = workers.verify(otherContent);
        Future<?> signature = workers.verify(otherSignature);

        Future.join(content, signature)
                .onComplete(test.failing(refused -> test.verify(() -> {
                    assertThat(code(content)).isEqualTo(ErrorCode.ID_MISMATCH);
                    assertThat(code(signature)).isEqualTo(ErrorCode.INVALID_SIGNATURE);
                    test.completeNow();
                })));
    }

    @Test
    void signatures_beyond_the_limit_are_refused_until_one_is_done() {
        CountDownLatch release = new CountDownLatch(1);
        Future<Boolean> running = workers.run(() -> release.await(60, TimeUnit.SECONDS));
        Future<?> waiting = workers.verify(EVENT);

        Future<?> refused = workers.verify(EVENT);
        release.countDown();

        assertThat(code(refused)).isEqualTo(ErrorCode.OVERLOADED);
        assertThat(((ApiError) refused.cause()).retryAfter()).isEqualTo(Duration.ofSeconds(1));
        TestServer.await(Future.all(running, waiting));
        TestServer.await(workers.verify(EVENT));
    }

    @Test
    void work_that_throws_leaves_room_for_more(VertxTestContext test) {
        Future<Object> chain = Future.succeededFuture();
        for (int i = 0; i < 5; i++) {
            chain = chain.compose(before -> workers.run(() -> {
                        throw new IllegalStateException("thrown");
                    }))
                    .recover(thrown -> thrown instanceof IllegalStateException
                            ? Future.succeededFuture()
                            : Future.failedFuture(thrown));
        }

        chain.onComplete(test.succeedingThenComplete());
    }
}
