package dev.nostrtrust.rate;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.nostrtrust.platform.Database;
import dev.nostrtrust.platform.Settings;
import dev.nostrtrust.platform.StatementQueue;
import dev.nostrtrust.rate.RateBuckets.Take;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes units of limits, which all nodes share. Those who ask together share one statement; who was refused is refused
 * again without one, until there is a unit. While the database does not answer, nobody is held to a limit. Belongs to
 * one event loop.
 */
public final class RateLimiter {
    private static final Logger LOG = LoggerFactory.getLogger(RateLimiter.class);
    private static final int REMEMBERED = 10_000;

    private final StatementQueue<Take, Allowance> queue;
    private final Cache<String, Refused> refused;
    private final InstantSource clock;

    private record Refused(Instant until, Instant fullAt) {}

    public RateLimiter(Database database, Settings settings, InstantSource clock) {
        RateBuckets buckets = new RateBuckets(database);
        long patience = settings.rateTimeout().toMillis();
        this.queue = new StatementQueue<>(
                settings.rateBatch(), together -> buckets.take(together).timeout(patience, TimeUnit.MILLISECONDS));
        this.refused = Caffeine.newBuilder()
                .maximumSize(REMEMBERED)
                .expireAfterWrite(settings.rateWindow())
                .build();
        this.clock = clock;
    }

    /**
     * Takes a unit of a limit.
     *
     * @param whose the bucket, such as an address or a key; what is counted together
     * @return what became of it; empty where nobody knows, and the request is let in. Never fails.
     */
    public Future<Optional<Allowance>> take(Limit limit, String whose) {
        Take take = new Take(limit, whose);
        Refused before = refused.getIfPresent(take.key());
        Instant now = clock.instant();
        if (before != null && now.isBefore(before.until())) {
            return Future.succeededFuture(Optional.of(new Allowance(
                    limit, false, 0, Duration.between(now, before.fullAt()), Duration.between(now, before.until()))));
        }
        return queue.ask(take)
                .map(allowance -> remembered(take.key(), allowance))
                .otherwise(RateLimiter::open);
    }

    private Optional<Allowance> remembered(String key, Allowance allowance) {
        if (!allowance.granted()) {
            Instant now = clock.instant();
            refused.put(key, new Refused(now.plus(allowance.retryAfter()), now.plus(allowance.untilFull())));
        }
        return Optional.of(allowance);
    }

    private static Optional<Allowance> open(Throwable failure) {
        LOG.debug("nobody is held to a limit: {}", failure.toString());
        return Optional.empty();
    }
}
