package dev.nostrtrust.auth;

import dev.nostrtrust.config.Settings;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.http.Request;
import dev.nostrtrust.ratelimit.Allowance;
import dev.nostrtrust.ratelimit.ClientAddresses;
import dev.nostrtrust.ratelimit.Limit;
import dev.nostrtrust.ratelimit.RateLimiter;
import dev.nostrtrust.trust.model.Tier;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Holds requests to rates. Who asks for more is refused with {@code rate_limited}; what is left stands in the headers
 * of every answer, refusals included. Belongs to one event loop.
 */
public final class RateLimits {
    private final RateLimiter limiter;
    private final ClientAddresses addresses;
    private final @Nullable Limit challenges;
    private final @Nullable Limit proofs;
    private final @Nullable Limit creations;
    private final @Nullable Limit anonymous;
    private final TierLimits tiers;

    /**
     * Makes the limits.
     *
     * @param tierOf the tier that a user has now; fails where the user may not act
     */
    public RateLimits(Settings settings, RateLimiter limiter, Function<Caller, Future<Tier>> tierOf) {
        this.limiter = limiter;
        this.addresses = ClientAddresses.of(settings);
        this.challenges = limit("address-challenges", settings.rateChallenges(), settings);
        this.proofs = limit("address-proofs", settings.rateProofs(), settings);
        this.creations = limit("address-all-creations", settings.rateCreations(), settings);
        this.anonymous = limit("address-creations", settings.rateAnonymousCreations(), settings);
        this.tiers = new TierLimits(settings, tierOf);
    }

    /** A limit of this name and quota; null where there is none. */
    public static @Nullable Limit limit(String name, int quota, Settings settings) {
        return settings.rateLimits() && quota > 0 ? new Limit(name, quota, settings.rateWindow()) : null;
    }

    /** Counts a challenge against its address. */
    public Future<Void> challenge(Request request) {
        return address(request, challenges);
    }

    /** Counts a signature that is yet to be checked against the address that sent it. */
    public Future<Void> proof(Request request) {
        return address(request, proofs);
    }

    /**
     * Counts a creation against its address, and then against its identity or, without one, against what an address may
     * create anonymously. The address comes first: an identity is looked at only for an address within its limit.
     *
     * @param served whether a service asks for its user: its address is that of many users and is not counted
     */
    Future<Caller> creation(Request request, Caller caller, boolean served) {
        return total(request, served ? null : creations, caller)
                .compose(in -> caller.isAnonymous()
                        ? address(request, anonymous)
                        : tiers.of(caller).compose(limit -> take(request, limit.orElse(null), caller.subject())))
                .map(caller);
    }

    /** Only a refusal announces this limit: until then, the caller's own is the one that matters. */
    private Future<Void> total(Request request, @Nullable Limit limit, Caller caller) {
        if (limit == null || tiers.exceeds(caller, limit)) {
            return Future.succeededFuture();
        }
        return limiter.acquire(limit, request.address(addresses))
                .compose(known -> known.isEmpty() || known.get().granted()
                        ? Future.succeededFuture()
                        : answer(request, known.get()));
    }

    private Future<Void> address(Request request, @Nullable Limit limit) {
        return limit == null ? Future.succeededFuture() : take(request, limit, request.address(addresses));
    }

    private Future<Void> take(Request request, @Nullable Limit limit, String whose) {
        return limit == null
                ? Future.succeededFuture()
                : limiter.acquire(limit, whose)
                        .compose(known -> known.isEmpty() ? Future.succeededFuture() : answer(request, known.get()));
    }

    private static Future<Void> answer(Request request, Allowance allowance) {
        request.announce("RateLimit-Policy", allowance.policyField());
        request.announce("RateLimit", allowance.field());
        return allowance.granted()
                ? Future.succeededFuture()
                : Future.failedFuture(ApiError.unavailable(
                                ErrorCode.RATE_LIMITED,
                                "More came from here in a short time than is allowed.",
                                wholeSeconds(allowance.retryAfter()))
                        .with("policy", allowance.limit().name()));
    }

    /** Rounded up, so that nobody comes back too early. */
    private static Duration wholeSeconds(Duration duration) {
        return Duration.ofSeconds(duration.plusNanos(999_999_999).toSeconds());
    }
}
