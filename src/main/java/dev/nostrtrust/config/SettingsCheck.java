package dev.nostrtrust.config;

import dev.nostrtrust.config.ClusterSettings.Engine;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.nostr.PublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Checks the bounds of {@link Settings} and the settings that require each other. Pure. */
final class SettingsCheck {
    private static final Set<Integer> KINDS = Set.of(27235, 22242);

    private final Settings settings;
    private final List<String> problems = new ArrayList<>();

    private SettingsCheck(Settings settings) {
        this.settings = settings;
    }

    static List<String> problems(Settings settings) {
        SettingsCheck check = new SettingsCheck(settings);
        check.values();
        check.needs();
        return check.problems;
    }

    /** The same for a command that does not serve: without the settings that only a server needs. */
    static List<String> problemsWithoutServing(Settings settings) {
        SettingsCheck check = new SettingsCheck(settings);
        check.values();
        return check.problems;
    }

    private void values() {
        bounds();
        durations();
        rates();
        cluster();
        formats();
    }

    private void bounds() {
        between("HTTP_PORT", settings.httpPort(), 0, 65535);
        between("MANAGEMENT_PORT", settings.managementPort(), 0, 65535);
        between("HTTP_EVENT_LOOPS", settings.httpEventLoops(), 0, 1024);
        between("HTTP_BODY_LIMIT", settings.httpBodyLimit(), 1024, 16 * 1024 * 1024);
        between("HTTP_LINE_LIMIT", settings.httpLineLimit(), 256, 1024 * 1024);
        between("HTTP_HEADER_LIMIT", settings.httpHeaderLimit(), 1024, 1024 * 1024);
        between("HTTP_CONNECTIONS", settings.httpConnections(), 1, 1_000_000);
        between("HTTP_CONNECTIONS_PER_ADDRESS", settings.httpConnectionsPerAddress(), 0, 1_000_000);
        between("HTTP_WAITING_PER_ADDRESS", settings.httpWaitingPerAddress(), 0, 1_000_000);
        between("HTTP_UNTAKEN_LIMIT", settings.httpUntakenLimit(), 1024 * 1024, Integer.MAX_VALUE);
        between("HTTP_WAITING", settings.httpWaiting(), 0, 1_000_000);
        between("HTTP_IN_FLIGHT", settings.httpInFlight(), 1, 1_000_000);
        between("DATABASE_CONNECTIONS", settings.databaseConnections(), 1, 1000);
        between("DATABASE_PIPELINING", settings.databasePipelining(), 1, 256);
        between("DATABASE_TRANSACTIONS", settings.databaseTransactions(), 1, 1000);
        between("DATABASE_QUEUE", settings.databaseQueue(), 1, 1_000_000);
        between("SIGNATURE_WORKERS", settings.signatureWorkers(), 0, 1024);
        between("SIGNATURE_IN_FLIGHT", settings.signatureInFlight(), 1, 1_000_000);
        between("LOGIN_ATTEMPTS", settings.loginAttempts(), 1, 1_000_000);
        between("LOGIN_REFUSALS", settings.loginRefusals(), 1, 1_000_000);
        between("REDEMPTION_BATCH", settings.redemptionBatch(), 1, 10_000);
        between("TOKEN_CACHE", settings.tokenCache(), 0, 10_000_000);
        between("JOB_QUEUE_TTL", settings.jobQueueTtl(), Duration.ofSeconds(1), Duration.ofDays(366));
        between("JOB_MAX_ATTEMPTS", settings.jobMaxAttempts(), 1, 1000);
        between("JOB_BATCH", settings.jobBatch(), 1, 10_000);
        between("JOB_RESULT_LIMIT", settings.jobResultLimit(), 1024, 16 * 1024 * 1024);
        between("SWEEP_BATCH", settings.sweepBatch(), 1, 100_000);
        between("SCORING_BATCH", settings.scoringBatch(), 1, 10_000);
        between("CLUSTER_PORT", settings.clusterPort(), 1, 65535);
        between("BUS_PORT", settings.busPort(), 0, 65535);
        between("BUS_PUBLIC_PORT", settings.busPublicPort(), 0, 65535);
    }

    /** Every duration has both bounds: PostgreSQL and Netty count milliseconds in an int. */
    private void durations() {
        Duration instant = Duration.ofMillis(1);
        Duration tick = Duration.ofMillis(10);
        Duration tenth = Duration.ofMillis(100);
        Duration second = Duration.ofSeconds(1);
        Duration hour = Duration.ofHours(1);
        Duration day = Duration.ofDays(1);
        Duration year = Duration.ofDays(365);
        between("EVENT_LOOP_BLOCKED_AFTER", settings.eventLoopBlockedAfter(), tick, hour);
        between("SHUTDOWN_DELAY", settings.shutdownDelay(), instant, hour);
        between("SHUTDOWN_GRACE", settings.shutdownGrace(), instant, hour);
        between("HTTP_REQUEST_TIMEOUT", settings.httpRequestTimeout(), tenth, hour);
        between("HTTP_RECEIVE_TIMEOUT", settings.httpReceiveTimeout(), tenth, hour);
        between("HTTP_SEND_TIMEOUT", settings.httpSendTimeout(), tenth, hour);
        between("HTTP_ANSWER_TARGET", settings.httpAnswerTarget(), tick, hour);
        // A long poll sends nothing for up to 55 seconds.
        between("HTTP_IDLE_TIMEOUT", settings.httpIdleTimeout(), Duration.ofMinutes(1), day);
        between("HTTP_HEARTBEAT", settings.httpHeartbeat(), tenth, hour);
        between("FEED_INTERVAL", settings.feedInterval(), tick, hour);
        between("DATABASE_STATEMENT_TIMEOUT", settings.databaseStatementTimeout(), tenth, hour);
        between("DATABASE_LOCK_TIMEOUT", settings.databaseLockTimeout(), tick, hour);
        between("DATABASE_IDLE_IN_TRANSACTION_TIMEOUT", settings.databaseIdleInTransactionTimeout(), tenth, hour);
        between("DATABASE_CONNECT_TIMEOUT", settings.databaseConnectTimeout(), tenth, hour);
        between("DATABASE_WATCH_INTERVAL", settings.databaseWatchInterval(), tick, hour);
        between("DATABASE_WATCH_TIMEOUT", settings.databaseWatchTimeout(), tick, hour);
        between("CHALLENGE_TTL", settings.challengeTtl(), second, Duration.ofDays(30));
        between("LOGIN_TTL", settings.loginTtl(), second, year.multipliedBy(10));
        between("TOKEN_TTL", settings.tokenTtl(), second, year);
        between("ERASURE_GRACE", settings.erasureGrace(), hour, year);
        between("NIP98_WINDOW", settings.nip98Window(), second, hour);
        between("SESSION_TTL", settings.sessionTtl(), second, year);
        between("JOB_LEASE", settings.jobLease(), second, Duration.ofDays(30));
        between("JOB_RETENTION", settings.jobRetention(), hour, year.multipliedBy(10));
        between("JOB_RETRY_BACKOFF", settings.jobRetryBackoff(), instant, hour);
        between("SWEEP_INTERVAL", settings.sweepInterval(), tick, day);
        between("METRICS_INTERVAL", settings.metricsInterval(), tick, day);
        between("SCORING_INTERVAL", settings.scoringInterval(), tick, hour);
        between("RATE_WINDOW", settings.rateWindow(), second, day);
        between("RATE_TIMEOUT", settings.rateTimeout(), tick, hour);
        between("RATE_SWEEP_INTERVAL", settings.rateSweepInterval(), tenth, day);
        between("CLUSTER_SILENCE", settings.clusterSilence(), second, hour);
        between("CLUSTER_PROBE_INTERVAL", settings.clusterProbeInterval(), tick, hour);
        longer("HTTP_HEARTBEAT", settings.httpHeartbeat());
        longer("FEED_INTERVAL", settings.feedInterval());
    }

    /** A stream sends nothing between two heartbeats. */
    private void longer(String name, Duration silence) {
        if (settings.httpIdleTimeout().compareTo(silence) <= 0) {
            problems.add("HTTP_IDLE_TIMEOUT must be longer than " + name + ", or it closes idle event streams");
        }
    }

    private void cluster() {
        if (settings.cluster() == Engine.NONE) {
            return;
        }
        if (settings.databaseUrl().isEmpty()) {
            problems.add("CLUSTER requires DATABASE_URL: the nodes share one database");
        }
        if (settings.clusterMembers().isEmpty()
                && settings.clusterKubernetesService().isEmpty()) {
            problems.add("CLUSTER requires CLUSTER_MEMBERS or CLUSTER_KUBERNETES_SERVICE: multicast is not used");
        }
        long parts = Stream.of(settings.busTlsCertificate(), settings.busTlsKey(), settings.busTlsAuthority())
                .filter(Optional::isPresent)
                .count();
        if (parts != 0 && parts != 3) {
            problems.add("BUS_TLS_CERTIFICATE, BUS_TLS_KEY and BUS_TLS_AUTHORITY must be set together");
        }
    }

    private void rates() {
        between("RATE_CHALLENGES", settings.rateChallenges(), 0, 1_000_000);
        between("RATE_PROOFS", settings.rateProofs(), 0, 1_000_000);
        between("RATE_CREATIONS", settings.rateCreations(), 0, 1_000_000);
        between("RATE_ANONYMOUS_CREATIONS", settings.rateAnonymousCreations(), 0, 1_000_000);
        between("RATE_TIER_ANONYMOUS", settings.rateTierAnonymous(), 0, 1_000_000);
        between("RATE_TIER_NEW", settings.rateTierNew(), 0, 1_000_000);
        between("RATE_TIER_ESTABLISHED", settings.rateTierEstablished(), 0, 1_000_000);
        between("RATE_TIER_TRUSTED", settings.rateTierTrusted(), 0, 1_000_000);
        between("RATE_TIER_ELITE", settings.rateTierElite(), 0, 1_000_000);
        between("RATE_BATCH", settings.rateBatch(), 1, 10_000);
        settings.trustedProxies().orElse(List.of()).forEach(proxy -> {
            if (Cidr.parse(proxy) == null) {
                problems.add("TRUSTED_PROXIES holds \"" + proxy
                        + "\", which is not an address such as 10.0.0.1 or 10.0.0.0/8");
            }
        });
    }

    private void needs() {
        if (settings.databaseUrl().isEmpty()) {
            return;
        }
        if (settings.tokenKeys().isEmpty()) {
            problems.add("DATABASE_URL requires TOKEN_KEYS: all nodes sign with the same keys");
        }
        if (settings.challengeKeys().isEmpty()) {
            problems.add("DATABASE_URL requires CHALLENGE_KEYS: each node accepts the challenges of the others");
        }
        if (settings.publicOrigins().isEmpty()) {
            problems.add("DATABASE_URL requires PUBLIC_ORIGINS: users sign the address that they see");
        }
    }

    private void formats() {
        origins("PUBLIC_ORIGINS", settings.publicOrigins());
        origins("CORS_ORIGINS", settings.corsOrigins());
        settings.loginKinds().forEach(kind -> {
            if (!KINDS.contains(kind)) {
                problems.add("LOGIN_KINDS holds " + kind + "; the supported kinds are 27235 and 22242");
            }
        });
        if (!settings.loginKinds().contains(27235)) {
            problems.add("LOGIN_KINDS must contain 27235, the kind of the template in a challenge");
        }
        operators();
        keys();
        settings.databaseUrl().ifPresent(this::database);
    }

    private void operators() {
        settings.operatorPubkeys().orElse(List.of()).forEach(key -> {
            try {
                PublicKey.parse(key.strip());
            } catch (ApiError invalid) {
                problems.add(
                        invalid.code() == ErrorCode.NSEC_REFUSED
                                ? "OPERATOR_PUBKEYS holds a secret key; list public keys, in hex or as npub"
                                : "OPERATOR_PUBKEYS holds \"" + key.strip()
                                        + "\", which is not a public key in hex or as npub");
            }
        });
    }

    private void keys() {
        settings.challengeKeys().ifPresent(text -> problems.addAll(KeyRing.problems("CHALLENGE_KEYS", text)));
        settings.tokenKeys()
                .ifPresent(text -> problems.addAll(KeyRing.problems("TOKEN_KEYS", text, settings.tokenAlgorithm())));
        if (settings.challengeKeys().isPresent()
                && settings.tokenKeys().isPresent()
                && KeyRing.parse(settings.challengeKeys().get())
                        .share(KeyRing.parse(settings.tokenKeys().get()))) {
            problems.add("CHALLENGE_KEYS and TOKEN_KEYS share a key; use a key for one purpose only");
        }
    }

    private void database(String url) {
        try {
            new DatabaseAddress(url);
        } catch (IllegalArgumentException e) {
            problems.add(e.getMessage());
        }
    }

    private void between(String name, Duration value, Duration min, Duration max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            problems.add(name + " must be from " + text(min) + " to " + text(max));
        }
    }

    private static String text(Duration bound) {
        return bound.toSeconds() == 0 ? bound.toMillis() + "ms" : bound.toSeconds() + "s";
    }

    private void between(String name, int value, int min, int max) {
        if (value < min || value > max) {
            problems.add(name + " must be from " + min + " to " + max + ", not " + value);
        }
    }

    private void origins(String name, Optional<List<String>> origins) {
        origins.orElse(List.of()).forEach(origin -> {
            try {
                Origins.normalize(origin);
            } catch (IllegalArgumentException e) {
                problems.add(name + " holds \"" + origin + "\", " + e.getMessage());
            }
        });
    }
}
