package dev.nostrtrust;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.nostrtrust.e2e.Waiting;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Each test holds up an event loop until that is found, or until it was reported often enough. */
class BlockedLoopsTest {
    private static final int REPORTS = 4;

    private final Logger checker = (Logger) LoggerFactory.getLogger("io.vertx.core.impl.BlockedThreadChecker");
    private final ListAppender<ILoggingEvent> reports = new ListAppender<>();

    @BeforeEach
    void listen() {
        reports.start();
        checker.addAppender(reports);
    }

    @AfterEach
    void listen_no_more() {
        checker.detachAppender(reports);
    }

    /** What is found while this keeps an event loop; it is let go when something is found or was reported often. */
    private List<String> found(Runnable task, Runnable release) {
        List<String> found = new ArrayList<>();
        Vertx vertx = Vertx.vertx(new VertxOptions()
                .setMaxEventLoopExecuteTime(20)
                .setMaxEventLoopExecuteTimeUnit(TimeUnit.MILLISECONDS)
                .setWarningExceptionTime(20)
                .setWarningExceptionTimeUnit(TimeUnit.MILLISECONDS)
                .setBlockedThreadCheckInterval(10)
                .setBlockedThreadCheckIntervalUnit(TimeUnit.MILLISECONDS));
        Promise<Void> done = Promise.promise();
        try {
            vertx.runOnContext(loop -> {
                task.run();
                done.complete();
            });
            Waiting.until(() -> {
                found.addAll(BlockedLoops.take());
                return !found.isEmpty() || List.copyOf(reports.list).size() >= REPORTS;
            });
        } finally {
            release.run();
            TestServer.await(done.future());
            TestServer.await(vertx.close());
        }
        found.addAll(BlockedLoops.take());
        return found;
    }

    @Test
    void a_wait_for_another_thread_is_found() {
        CountDownLatch latch = new CountDownLatch(1);

        List<String> found = found(() -> await(latch), latch::countDown);

        assertThat(found).isNotEmpty().allSatisfy(call -> assertThat(call).contains("BlockedLoopsTest.await", "park"));
    }

    @Test
    void a_read_from_a_socket_is_found() throws IOException {
        try (ServerSocket server = new ServerSocket(0);
                Socket socket = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket silent = server.accept()) {
            List<String> found = found(() -> read(socket), () -> close(silent));

            assertThat(found).isNotEmpty().allSatisfy(call -> assertThat(call).contains("BlockedLoopsTest.read"));
        }
    }

    @Test
    void a_loop_that_only_takes_long_is_not_blocked() {
        CountDownLatch latch = new CountDownLatch(1);

        List<String> found = found(() -> spin(latch), latch::countDown);

        assertThat(found).isEmpty();
    }

    @Test
    void a_loop_that_waits_for_a_lock_of_a_slow_thread_is_not_blocked() {
        Lock lock = new ReentrantLock();
        lock.lock();

        List<String> found = found(() -> pass(lock), lock::unlock);

        assertThat(found).isEmpty();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void read(Socket socket) {
        try {
            assertThat(socket.getInputStream().read()).isNegative();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void spin(CountDownLatch latch) {
        while (latch.getCount() > 0) {
            Thread.onSpinWait();
        }
    }

    private static void pass(Lock lock) {
        lock.lock();
        try {
            assertThat(lock).isNotNull();
        } finally {
            lock.unlock();
        }
    }
}
