package dev.nostrtrust.ratelimit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.StatementBatcher;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.ratelimit.RateBucketStore.Take;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes units of limits, which all nodes share. Requests that arrive together share one statement; a refusal is
 * repeated without one until there is a unit. While the database does not answer, no limit applies; while too many
 * requests wait to be counted, further ones are refused. Belongs to one event loop.
 */
public final class RateLimiter {
    private static final Logger LOG = LoggerFactory.getLogger(RateLimiter.class);
    private static final int REMEMBERED = 10_000;

    private final RateBucketStore buckets;
    private final StatementBatcher<Take, Allowance> queue;
    private final Cache<String, Refused> refused;
    private final InstantSource clock;

    private record Refused(Instant until, Instant fullAt) {}

    public RateLimiter(Database database, Settings settings, InstantSource clock) {
        this.buckets = new RateBucketStore(database);
        long patience = settings.rateTimeout().toMillis();
        this.queue = new StatementBatcher<>(
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
     * @return the allowance; empty where the database does not answer in time, and the request is let in. Fails with
     *     {@code overloaded} where too many requests wait to be counted
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
                .recover(RateLimiter::open);
    }

    /**
     * Deletes full buckets, up to a batch.
     *
     * @return whether there may be more
     */
    public Future<Boolean> sweep(int batch) {
        return buckets.sweep(batch);
    }

    private Optional<Allowance> remembered(String key, Allowance allowance) {
        if (!allowance.granted()) {
            Instant now = clock.instant();
            refused.put(key, new Refused(now.plus(allowance.retryAfter()), now.plus(allowance.untilFull())));
        }
        return Optional.of(allowance);
    }

    private static Future<Optional<Allowance>> open(Throwable failure) {
        if (failure instanceof ApiError error && error.code() == ErrorCode.OVERLOADED) {
            return Future.failedFuture(failure);
        }
        LOG.debug("a request is let in without being counted: {}", failure.toString());
        return Future.succeededFuture(Optional.empty());
    }
}
