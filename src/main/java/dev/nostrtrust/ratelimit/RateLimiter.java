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
 * Applies rate limits that all nodes share. Requests that arrive together share one statement. A refusal is cached
 * until the next unit is available. While the database does not answer, no limit applies. While too many requests wait
 * for the statement, further requests are refused. Belongs to one event loop.
 */
public final class RateLimiter {
    private static final Logger LOG = LoggerFactory.getLogger(RateLimiter.class);
    private static final int MAX_REFUSALS = 10_000;

    private final RateBucketStore buckets;
    private final StatementBatcher<Take, Allowance> batcher;
    private final Cache<String, Refused> refused;
    private final InstantSource clock;

    private record Refused(Instant until, Instant fullAt) {}

    public RateLimiter(Database database, Settings settings, InstantSource clock) {
        this.buckets = new RateBucketStore(database);
        long timeoutMillis = settings.rateTimeout().toMillis();
        this.batcher = new StatementBatcher<>(
                settings.rateBatch(), batch -> buckets.acquire(batch).timeout(timeoutMillis, TimeUnit.MILLISECONDS));
        this.refused = Caffeine.newBuilder()
                .maximumSize(MAX_REFUSALS)
                .expireAfterWrite(settings.rateWindow())
                .build();
        this.clock = clock;
    }

    /**
     * Requests one unit of a limit.
     *
     * @param owner owner of the bucket, such as an address or a key
     * @return the allowance; empty if the database does not answer in time, and the request is admitted. Fails with
     *     {@code overloaded} if too many requests wait for the statement
     */
    public Future<Optional<Allowance>> acquire(Limit limit, String owner) {
        Take take = new Take(limit, owner);
        Refused refusal = refused.getIfPresent(take.key());
        Instant now = clock.instant();
        if (refusal != null && now.isBefore(refusal.until())) {
            return Future.succeededFuture(Optional.of(new Allowance(
                    limit, false, 0, Duration.between(now, refusal.fullAt()), Duration.between(now, refusal.until()))));
        }
        return batcher.submit(take)
                .map(allowance -> cached(take.key(), allowance))
                .recover(RateLimiter::admit);
    }

    /**
     * Deletes full buckets, up to a batch.
     *
     * @return whether more full buckets may exist
     */
    public Future<Boolean> sweep(int batch) {
        return buckets.sweep(batch);
    }

    private Optional<Allowance> cached(String key, Allowance allowance) {
        if (!allowance.granted()) {
            Instant now = clock.instant();
            refused.put(key, new Refused(now.plus(allowance.retryAfter()), now.plus(allowance.untilFull())));
        }
        return Optional.of(allowance);
    }

    private static Future<Optional<Allowance>> admit(Throwable failure) {
        if (failure instanceof ApiError error && error.code() == ErrorCode.OVERLOADED) {
            return Future.failedFuture(failure);
        }
        LOG.debug("request admitted without rate limit: {}", failure.toString());
        return Future.succeededFuture(Optional.empty());
    }
}
