package dev.nostrtrust;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class BlockedLoopsTest {

    @Test
    void a_blocked_event_loop_is_noticed() {
        Vertx vertx = Vertx.vertx(new VertxOptions()
                .setMaxEventLoopExecuteTime(200)
                .setMaxEventLoopExecuteTimeUnit(TimeUnit.MILLISECONDS)
                .setBlockedThreadCheckInterval(100)
                .setBlockedThreadCheckIntervalUnit(TimeUnit.MILLISECONDS));
        Promise<Void> done = Promise.promise();

        vertx.runOnContext(loop -> {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(600));
            done.complete();
        });
        TestServer.await(done.future());
        TestServer.await(vertx.close());

        assertThat(BlockedLoops.take()).isNotEmpty();
    }
}
