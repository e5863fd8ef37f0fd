package dev.nostrtrust.identity;

import dev.nostrtrust.fault.Fault;
import dev.nostrtrust.fault.FaultKind;
import dev.nostrtrust.identity.Logins.Outcome;
import dev.nostrtrust.identity.Logins.Redemption;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Function;

/**
 * Lets redemptions that arrive together share one statement and one commit: while a statement is under way, those that
 * come wait for the next. Belongs to one event loop.
 */
final class RedemptionQueue {
    private static final int WAITING_BATCHES = 10;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final Function<List<Redemption>, Future<List<Outcome>>> statement;
    private final int batch;
    private final Queue<Waiting> waiting = new ArrayDeque<>();
    private boolean underWay;

    private record Waiting(Redemption redemption, Promise<Outcome> outcome) {}

    RedemptionQueue(int batch, Function<List<Redemption>, Future<List<Outcome>>> statement) {
        this.batch = batch;
        this.statement = statement;
    }

    /** Redeems with the next statement; fails with {@code overloaded} when too many wait already. */
    Future<Outcome> redeem(Redemption redemption) {
        if (waiting.size() >= batch * WAITING_BATCHES) {
            return Future.failedFuture(Fault.unavailable(
                    FaultKind.OVERLOADED, "More logins are waiting than the server takes on.", RETRY_AFTER));
        }
        Promise<Outcome> outcome = Promise.promise();
        waiting.add(new Waiting(redemption, outcome));
        next();
        return outcome.future();
    }

    private void next() {
        if (underWay || waiting.isEmpty()) {
            return;
        }
        List<Waiting> together = new ArrayList<>();
        while (together.size() < batch && !waiting.isEmpty()) {
            together.add(waiting.remove());
        }
        underWay = true;
        // Composed, so that a statement that throws fails like any other, and does not stop the queue for good.
        Future.succeededFuture(together.stream().map(Waiting::redemption).toList())
                .compose(statement)
                .onComplete(
                        outcomes -> {
                            for (int i = 0; i < together.size(); i++) {
                                together.get(i).outcome().complete(outcomes.get(i));
                            }
                        },
                        failure -> together.forEach(each -> each.outcome().fail(failure)))
                .onComplete(done -> {
                    underWay = false;
                    next();
                });
    }
}
