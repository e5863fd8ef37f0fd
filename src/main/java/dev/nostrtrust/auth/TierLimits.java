package dev.nostrtrust.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode.Nature;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.ratelimit.Limit;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * How much an identity may create, by its tier of now, which is remembered for some seconds. The bucket is the same
 * whatever the tier: who rises gets more of it, and no second one. Belongs to one event loop.
 */
public final class TierLimits {
    private static final int REMEMBERED = 10_000;
    private static final Duration REMEMBERED_FOR = Duration.ofSeconds(10);

    private final Map<Tier, Limit> limits = new EnumMap<>(Tier.class);
    private final IdentityStore identities;
    private final Function<PublicKey, Future<Tier>> tierOf;
    private final TrustModel model;
    private final InstantSource clock;
    private final Cache<Caller, Tier> tiers = Caffeine.newBuilder()
            .maximumSize(REMEMBERED)
            .expireAfterWrite(REMEMBERED_FOR)
            .build();

    public TierLimits(
            Settings settings, IdentityStore identities, Function<PublicKey, Future<Tier>> tierOf, TrustModel model, InstantSource clock) {
        this.identities = identities;
        this.tierOf = tierOf;
        this.model = model;
        this.clock = clock;
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
    public Future<Optional<Limit>> of(Caller caller) {
        PublicKey pubkey = caller.pubkey();
        if (limits.isEmpty() || pubkey == null) {
            return Future.succeededFuture(Optional.empty());
        }
        Tier known = tiers.getIfPresent(caller);
        return known != null
                ? Future.succeededFuture(limit(known))
                : find(caller, pubkey)
                        .onSuccess(tier -> tiers.put(caller, tier))
                        .map(this::limit)
                        .recover(TierLimits::open);
    }

    /** Whether the tier of this user is remembered and allows as much as this limit or more. */
    public boolean exceeds(Caller caller, Limit limit) {
        Tier known = tiers.getIfPresent(caller);
        Limit own = known == null ? null : limits.get(known);
        return known != null && (own == null || own.quota() >= limit.quota());
    }

    private Future<Tier> find(Caller caller, PublicKey pubkey) {
        return caller.login() == null
                ? tierOf.apply(pubkey)
                : identities.findToAct(caller).map(found -> found.standing().tierAt(model, clock.instant()));
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
