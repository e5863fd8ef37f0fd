package dev.nostrtrust.config;

import io.smallrye.config.WithName;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The settings of rate limits; part of {@link Settings}. 0 turns a limit off. */
public interface RateSettings {
    @WithName("RATE_LIMITS")
    boolean rateLimits();

    @WithName("RATE_WINDOW")
    Duration rateWindow();

    @WithName("RATE_CHALLENGES")
    int rateChallenges();

    @WithName("RATE_PROOFS")
    int rateProofs();

    @WithName("RATE_CREATIONS")
    int rateCreations();

    @WithName("RATE_ANONYMOUS_CREATIONS")
    int rateAnonymousCreations();

    @WithName("RATE_TIER_ANONYMOUS")
    int rateTierAnonymous();

    @WithName("RATE_TIER_NEW")
    int rateTierNew();

    @WithName("RATE_TIER_ESTABLISHED")
    int rateTierEstablished();

    @WithName("RATE_TIER_TRUSTED")
    int rateTierTrusted();

    @WithName("RATE_TIER_ELITE")
    int rateTierElite();

    @WithName("RATE_BATCH")
    int rateBatch();

    @WithName("RATE_TIMEOUT")
    Duration rateTimeout();

    @WithName("RATE_SWEEP_INTERVAL")
    Duration rateSweepInterval();

    @WithName("TRUSTED_PROXIES")
    Optional<List<String>> trustedProxies();
}
