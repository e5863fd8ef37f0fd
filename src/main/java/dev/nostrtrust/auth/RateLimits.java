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
 * Applies rate limits to requests. A request above its limit fails with {@code rate_limited}. Every answer has the
 * headers of its limit, refusals too. Belongs to one event loop.
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
     * Creates the limits.
     *
     * @param tierOf the current tier of a user; fails if the user may not act
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

    /** A limit with this name and quota; null if rate limits are off or the quota is 0. */
    public static @Nullable Limit limit(String name, int quota, Settings settings) {
        return settings.rateLimits() && quota > 0 ? new Limit(name, quota, settings.rateWindow()) : null;
    }

    /** Counts a challenge against its address. */
    public Future<Void> challenge(Request request) {
        return address(request, challenges);
    }

    /** Counts an unverified signature against its address. */
    public Future<Void> proof(Request request) {
        return address(request, proofs);
    }

    /**
     * Counts a creation against its address, then against its identity or, without an identity, against the anonymous
     * limit of the address. The identity is read only for an address within its limit.
     *
     * @param byService whether a service creates for its user: many users share its address, so it is not counted
     */
    Future<Caller> creation(Request request, Caller caller, boolean byService) {
        return countAddressTotal(request, byService ? null : creations, caller)
                .compose(in -> caller.isAnonymous()
                        ? address(request, anonymous)
                        : tiers.of(caller).compose(limit -> consume(request, limit.orElse(null), caller.subject())))
                .map(caller);
    }

    /** Counts against the limit of all creations of an address. Only a refusal sends the headers of this limit. */
    private Future<Void> countAddressTotal(Request request, @Nullable Limit limit, Caller caller) {
        if (limit == null || tiers.allowsAtLeast(caller, limit)) {
            return Future.succeededFuture();
        }
        return limiter.acquire(limit, request.address(addresses))
                .compose(allowance -> allowance.isEmpty() || allowance.get().granted()
                        ? Future.succeededFuture()
                        : applyLimit(request, allowance.get()));
    }

    private Future<Void> address(Request request, @Nullable Limit limit) {
        return limit == null ? Future.succeededFuture() : consume(request, limit, request.address(addresses));
    }

    private Future<Void> consume(Request request, @Nullable Limit limit, String key) {
        return limit == null
                ? Future.succeededFuture()
                : limiter.acquire(limit, key)
                        .compose(allowance ->
                                allowance.isEmpty() ? Future.succeededFuture() : applyLimit(request, allowance.get()));
    }

    private static Future<Void> applyLimit(Request request, Allowance allowance) {
        request.announce("RateLimit-Policy", allowance.policyField());
        request.announce("RateLimit", allowance.field());
        return allowance.granted()
                ? Future.succeededFuture()
                : Future.failedFuture(ApiError.unavailable(
                                ErrorCode.RATE_LIMITED,
                                "Rate limit exceeded. Send the request again later.",
                                wholeSeconds(allowance.retryAfter()))
                        .with("policy", allowance.limit().name()));
    }

    /** Rounded up, so that a retry is not too early. */
    private static Duration wholeSeconds(Duration duration) {
        return Duration.ofSeconds(duration.plusNanos(999_999_999).toSeconds());
    }
}
