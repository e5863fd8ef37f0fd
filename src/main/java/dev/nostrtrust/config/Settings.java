package dev.nostrtrust.config;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithName;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * All settings by their names in the environment and in conf/application.properties, which documents each one and its
 * default. {@link SettingsReader} reads them. Immutable.
 */
@ConfigMapping(prefix = "")
public interface Settings extends ClusterSettings, LogSettings, ProofSettings, RateSettings {
    @WithName("HTTP_HOST")
    String httpHost();

    @WithName("HTTP_PORT")
    int httpPort();

    @WithName("MANAGEMENT_HOST")
    String managementHost();

    @WithName("MANAGEMENT_PORT")
    int managementPort();

    @WithName("HTTP_EVENT_LOOPS")
    int httpEventLoops();

    @WithName("HTTP_BODY_LIMIT")
    int httpBodyLimit();

    @WithName("HTTP_REQUEST_TIMEOUT")
    Duration httpRequestTimeout();

    @WithName("HTTP_IDLE_TIMEOUT")
    Duration httpIdleTimeout();

    @WithName("HTTP_RECEIVE_TIMEOUT")
    Duration httpReceiveTimeout();

    @WithName("HTTP_SEND_TIMEOUT")
    Duration httpSendTimeout();

    @WithName("HTTP_CONNECTIONS")
    int httpConnections();

    @WithName("HTTP_CONNECTIONS_PER_ADDRESS")
    int httpConnectionsPerAddress();

    @WithName("HTTP_WAITING_PER_ADDRESS")
    int httpWaitingPerAddress();

    @WithName("HTTP_UNTAKEN_LIMIT")
    int httpUntakenLimit();

    @WithName("HTTP_IN_FLIGHT")
    int httpInFlight();

    @WithName("HTTP_ANSWER_TARGET")
    Duration httpAnswerTarget();

    @WithName("HTTP_WAITING")
    int httpWaiting();

    @WithName("HTTP_HEARTBEAT")
    Duration httpHeartbeat();

    @WithName("HTTP_LINE_LIMIT")
    int httpLineLimit();

    @WithName("HTTP_HEADER_LIMIT")
    int httpHeaderLimit();

    @WithName("PUBLIC_ORIGINS")
    Optional<List<String>> publicOrigins();

    @WithName("CORS_ORIGINS")
    Optional<List<String>> corsOrigins();

    @WithName("OPERATOR_PUBKEYS")
    Optional<List<String>> operatorPubkeys();

    @WithName("DATA_DIR")
    String dataDir();

    @WithName("DATABASE_URL")
    Optional<String> databaseUrl();

    @WithName("DATABASE_CONNECTIONS")
    int databaseConnections();

    @WithName("DATABASE_PIPELINING")
    int databasePipelining();

    @WithName("DATABASE_TRANSACTIONS")
    int databaseTransactions();

    @WithName("DATABASE_QUEUE")
    int databaseQueue();

    @WithName("DATABASE_STATEMENT_TIMEOUT")
    Duration databaseStatementTimeout();

    @WithName("DATABASE_LOCK_TIMEOUT")
    Duration databaseLockTimeout();

    @WithName("DATABASE_IDLE_IN_TRANSACTION_TIMEOUT")
    Duration databaseIdleInTransactionTimeout();

    @WithName("DATABASE_CONNECT_TIMEOUT")
    Duration databaseConnectTimeout();

    @WithName("DATABASE_WATCH_INTERVAL")
    Duration databaseWatchInterval();

    @WithName("DATABASE_WATCH_TIMEOUT")
    Duration databaseWatchTimeout();

    @WithName("CHALLENGE_KEYS")
    Optional<String> challengeKeys();

    @WithName("CHALLENGE_TTL")
    Duration challengeTtl();

    @WithName("LOGIN_KINDS")
    List<Integer> loginKinds();

    @WithName("LOGIN_ATTEMPTS")
    int loginAttempts();

    @WithName("LOGIN_REFUSALS")
    int loginRefusals();

    @WithName("LOGIN_TTL")
    Duration loginTtl();

    @WithName("ERASURE_GRACE")
    Duration erasureGrace();

    @WithName("SIGNATURE_VERIFIER")
    VerifierChoice signatureVerifier();

    @WithName("SIGNATURE_WORKERS")
    int signatureWorkers();

    @WithName("SIGNATURE_IN_FLIGHT")
    int signatureInFlight();

    @WithName("REDEMPTION_BATCH")
    int redemptionBatch();

    @WithName("TOKEN_ALGORITHM")
    TokenAlgorithm tokenAlgorithm();

    @WithName("TOKEN_KEYS")
    Optional<String> tokenKeys();

    @WithName("TOKEN_TTL")
    Duration tokenTtl();

    @WithName("TOKEN_ISSUER")
    String tokenIssuer();

    @WithName("TOKEN_AUDIENCE")
    String tokenAudience();

    @WithName("TOKEN_CACHE")
    int tokenCache();

    @WithName("SESSION_TTL")
    Duration sessionTtl();

    @WithName("JOB_LEASE")
    Duration jobLease();

    @WithName("JOB_QUEUE_TTL")
    Duration jobQueueTtl();

    @WithName("JOB_RETENTION")
    Duration jobRetention();

    @WithName("JOB_MAX_ATTEMPTS")
    int jobMaxAttempts();

    @WithName("JOB_RETRY_BACKOFF")
    Duration jobRetryBackoff();

    @WithName("JOB_BATCH")
    int jobBatch();

    @WithName("JOB_RESULT_LIMIT")
    int jobResultLimit();

    @WithName("SWEEP_INTERVAL")
    Duration sweepInterval();

    @WithName("SWEEP_BATCH")
    int sweepBatch();

    @WithName("METRICS_INTERVAL")
    Duration metricsInterval();

    @WithName("SCORING_INTERVAL")
    Duration scoringInterval();

    @WithName("SCORING_BATCH")
    int scoringBatch();

    @WithName("FEED_INTERVAL")
    Duration feedInterval();

    @WithName("EVENT_LOOP_BLOCKED_AFTER")
    Duration eventLoopBlockedAfter();

    @WithName("SHUTDOWN_DELAY")
    Duration shutdownDelay();

    @WithName("SHUTDOWN_GRACE")
    Duration shutdownGrace();

    /** The algorithm of token signatures. */
    enum TokenAlgorithm {
        HS256,
        ES256
    }
}
