package dev.nostrtrust.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.nostr.PublicKey;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrustFeedTest {
    private static final PublicKey KEY = new PublicKey("ab".repeat(32));

    @TempDir
    private Path directory;

    private final List<Long> taken = Collections.synchronizedList(new ArrayList<>());

    private static FeedOptions options(List<TestServer> servers, Duration interval, int pageSize) {
        List<URI> addresses = servers.stream()
                .map(server -> URI.create("http://127.0.0.1:" + server.port()))
                .toList();
        return new FeedOptions(
                addresses,
                servers.get(0).token(Scope.SERVICE),
                pageSize,
                interval,
                Duration.ofSeconds(2),
                Duration.ofMillis(200));
    }

    private static void record(TestServer server, int facts) {
        for (int i = 0; i < facts; i++) {
            server.trust().recordSuccess(KEY, i).await();
        }
    }

    private Future<Void> take(List<TrustEvent> page) {
        page.forEach(event -> taken.add(event.seq()));
        return Future.succeededFuture();
    }

    private static List<Long> upTo(long last) {
        return LongStream.rangeClosed(1, last).boxed().toList();
    }

    private static void stop(TrustFeed feed) throws Exception {
        feed.stop().await(20, TimeUnit.SECONDS);
    }

    @Test
    void the_bus_wakes_it_and_a_stored_cursor_says_where_to_go_on() throws Exception {
        try (TestServer server = TestServer.start()) {
            FeedOptions options = options(List.of(server), Duration.ofHours(1), 4);
            FileCursor cursor = new FileCursor(server.vertx(), directory.resolve("cursor"));
            record(server, 10);

            TrustFeed feed = TrustFeed.start(server.vertx(), options, cursor, this::take);
            Waiting.until(() -> taken.size() == 10);
            record(server, 7);
            Waiting.until(() -> taken.size() == 17);
            stop(feed);
            record(server, 5);
            assertThat(Files.readString(directory.resolve("cursor"))).isEqualTo("17");
            assertThat(taken).hasSize(17);

            TrustFeed again = TrustFeed.start(server.vertx(), options, cursor, this::take);
            Waiting.until(() -> taken.size() == 22);
            stop(again);
            assertThat(taken).isEqualTo(upTo(22));
        }
    }

    @Test
    void a_cursor_that_throws_is_asked_again() throws Exception {
        try (TestServer server = TestServer.start()) {
            AtomicInteger loads = new AtomicInteger();
            FileCursor file = new FileCursor(server.vertx(), directory.resolve("cursor"));
            Cursor cursor = new Cursor() {
                @Override
                public Future<Long> load() {
                    if (loads.incrementAndGet() < 3) {
                        throw new IllegalStateException("not now");
                    }
                    return file.load();
                }

                @Override
                public Future<Void> store(long seq) {
                    return file.store(seq);
                }
            };
            record(server, 2);

            TrustFeed feed = TrustFeed.start(
                    server.vertx(), options(List.of(server), Duration.ofMillis(50), 4), cursor, this::take);
            Waiting.until(() -> taken.size() == 2);
            stop(feed);

            assertThat(loads).hasValue(3);
        }
    }

    @Test
    void a_consumer_whose_futures_complete_on_its_own_threads_is_called_on_the_feeds_context() throws Exception {
        try (TestServer server = TestServer.start()) {
            record(server, 10);
            FeedOptions options = options(List.of(server), Duration.ofHours(1), 2);
            Set<Context> contexts = new CopyOnWriteArraySet<>();
            Context feedsContext = server.vertx().getOrCreateContext();
            Promise<TrustFeed> started = Promise.promise();
            feedsContext.runOnContext(now -> started.complete(TrustFeed.start(
                    server.vertx(), options, new FileCursor(server.vertx(), directory.resolve("cursor")), page -> {
                        contexts.add(server.vertx().getOrCreateContext());
                        take(page);
                        return Future.fromCompletionStage(CompletableFuture.runAsync(
                                () -> {}, CompletableFuture.delayedExecutor(5, TimeUnit.MILLISECONDS)));
                    })));
            Waiting.until(() -> taken.size() == 10);
            stop(started.future().await());

            assertThat(contexts).containsExactly(feedsContext);
        }
    }

    @Test
    void what_a_consumer_does_not_take_comes_again() throws Exception {
        try (TestServer server = TestServer.start()) {
            AtomicInteger refusals = new AtomicInteger();
            record(server, 6);
            // All pages are full then, and the third entry begins one.
            Waiting.until(() -> server.count("SELECT seq FROM trust_head") == 6);

            TrustFeed feed = TrustFeed.start(
                    server.vertx(),
                    options(List.of(server), Duration.ofMillis(50), 2),
                    new FileCursor(server.vertx(), directory.resolve("cursor")),
                    page -> {
                        if (page.get(0).seq() == 3 && refusals.incrementAndGet() <= 3) {
                            throw new IllegalStateException("not now");
                        }
                        return take(page);
                    });
            Waiting.until(() -> taken.size() == 6);
            stop(feed);

            assertThat(refusals).hasValue(4);
            assertThat(taken).isEqualTo(upTo(6));
        }
    }

    @Test
    void when_its_server_goes_it_asks_another_one() throws Exception {
        DatabaseAddress database = TestDatabases.fresh();
        try (TestServer second = TestServer.start(Map.of(), database, new TestClock())) {
            TestServer first = TestServer.start(Map.of(), database, second.clock());
            record(second, 3);
            // It runs on the second server's Vert.x, and asks the first server first.
            TrustFeed feed = TrustFeed.start(
                    second.vertx(),
                    options(List.of(first, second), Duration.ofMillis(50), 100),
                    new FileCursor(second.vertx(), directory.resolve("cursor")),
                    this::take);
            Waiting.until(() -> taken.size() == 3);

            first.close();
            record(second, 3);
            Waiting.until(() -> taken.size() == 6);
            stop(feed);

            assertThat(taken).isEqualTo(upTo(6));
        }
    }
}
