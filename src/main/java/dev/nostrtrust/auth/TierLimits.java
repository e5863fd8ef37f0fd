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
 * How much an identity may create, by its tier of now, which is remembered for some seconds. The bucket is the same
 * whatever the tier: who rises gets more of it, and no second one. Belongs to one event loop.
 */
final class TierLimits {
    private static final int REMEMBERED = 10_000;
    private static final Duration REMEMBERED_FOR = Duration.ofSeconds(10);

    private final Map<Tier, Limit> limits = new EnumMap<>(Tier.class);
    private final Function<Caller, Future<Tier>> tierOf;
    private final Cache<Caller, Tier> tiers = Caffeine.newBuilder()
            .maximumSize(REMEMBERED)
            .expireAfterWrite(REMEMBERED_FOR)
            .build();

    /**
     * Makes the limits.
     *
     * @param tierOf the tier that a user has now; fails where the user may not act
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
     * What this user may create; empty for any number, and where the database does not answer.
     *
     * @return fails with {@code token_revoked} or {@code identity_blocked}: whose login has ended spends nothing of
     *     what the identity may
     */
    Future<Optional<Limit>> of(Caller caller) {
        if (limits.isEmpty() || caller.pubkey() == null) {
            return Future.succeededFuture(Optional.empty());
        }
        Tier known = tiers.getIfPresent(caller);
        return known != null
                ? Future.succeededFuture(limit(known))
                : tierOf.apply(caller)
                        .onSuccess(tier -> tiers.put(caller, tier))
                        .map(this::limit)
                        .recover(TierLimits::open);
    }

    /** Whether the tier of this user is remembered and allows as much as this limit or more. */
    boolean exceeds(Caller caller, Limit limit) {
        Tier known = tiers.getIfPresent(caller);
        Limit own = known == null ? null : limits.get(known);
        return known != null && (own == null || own.quota() >= limit.quota());
    }

    private Optional<Limit> limit(Tier tier) {
        return Optional.ofNullable(limits.get(tier));
    }

    private static Future<Optional<Limit>> open(Throwable failure) {
        boolean away = failure instanceof ApiError error && error.code().nature() == Nature.UNAVAILABLE;
        return away ? Future.succeededFuture(Optional.empty()) : Future.failedFuture(failure);
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
