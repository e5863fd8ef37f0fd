package dev.nostrtrust.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode.Nature;
import dev.nostrtrust.ratelimit.Limit;
import dev.nostrtrust.trust.model.Tier;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The creation limits of identities, by current tier. Tiers are cached for some seconds. An identity has one bucket for
 * all tiers, so that a change of its tier does not give it a second bucket. Belongs to one event loop.
 */
final class TierLimits {
    private static final int CACHE_SIZE = 10_000;
    private static final Duration CACHE_TTL = Duration.ofSeconds(10);

    private final Map<Tier, Limit> limits = new EnumMap<>(Tier.class);
    private final Function<Caller, Future<Tier>> tierOf;
    private final Cache<Caller, Tier> tiers = Caffeine.newBuilder()
            .maximumSize(CACHE_SIZE)
            .expireAfterWrite(CACHE_TTL)
            .build();

    /**
     * Creates the limits.
     *
     * @param tierOf the current tier of a user; fails if the user may not act
     */
    TierLimits(Settings settings, Function<Caller, Future<Tier>> tierOf) {
        this.tierOf = tierOf;
        for (Tier tier : Tier.values()) {
            Limit limit = RateLimits.limit("identity-creations", quota(tier, settings), settings);
            if (limit != null) {
                limits.put(tier, limit);
            }
        }
    }

    /**
     * The limit of a user; empty without a limit, or if the database does not answer.
     *
     * @return fails with {@code token_revoked} or {@code identity_blocked}: a revoked login does not use the quota of
     *     its identity
     */
    Future<Optional<Limit>> of(Caller caller) {
        if (limits.isEmpty() || caller.pubkey() == null) {
            return Future.succeededFuture(Optional.empty());
        }
        Tier cached = tiers.getIfPresent(caller);
        return cached != null
                ? Future.succeededFuture(limit(cached))
                : tierOf.apply(caller)
                        .onSuccess(tier -> tiers.put(caller, tier))
                        .map(this::limit)
                        .recover(TierLimits::noLimitIfUnavailable);
    }

    /** Whether the cached tier of this user has at least the quota of this limit. */
    boolean allowsAtLeast(Caller caller, Limit limit) {
        Tier cached = tiers.getIfPresent(caller);
        Limit own = cached == null ? null : limits.get(cached);
        return cached != null && (own == null || own.quota() >= limit.quota());
    }

    private Optional<Limit> limit(Tier tier) {
        return Optional.ofNullable(limits.get(tier));
    }

    private static Future<Optional<Limit>> noLimitIfUnavailable(Throwable failure) {
        boolean unavailable = failure instanceof ApiError error && error.code().nature() == Nature.UNAVAILABLE;
        return unavailable ? Future.succeededFuture(Optional.empty()) : Future.failedFuture(failure);
    }

    private static int quota(Tier tier, Settings settings) {
        return switch (tier) {
            case ANONYMOUS -> settings.rateTierAnonymous();
            case NEW -> settings.rateTierNew();
            case ESTABLISHED -> settings.rateTierEstablished();
            case TRUSTED -> settings.rateTierTrusted();
            case ELITE -> settings.rateTierElite();
        };
    }
}
