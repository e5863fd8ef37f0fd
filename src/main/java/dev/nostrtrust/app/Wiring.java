package dev.nostrtrust.app;

import dev.nostrtrust.auth.Authenticator;
import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.Credentials;
import dev.nostrtrust.auth.IdentityStore;
import dev.nostrtrust.auth.Operators;
import dev.nostrtrust.auth.RateLimits;
import dev.nostrtrust.auth.SignatureWorkers;
import dev.nostrtrust.auth.Tokens;
import dev.nostrtrust.bus.Bus;
import dev.nostrtrust.bus.ChangeWaiters;
import dev.nostrtrust.config.KeyRing;
import dev.nostrtrust.config.OperatorKeys;
import dev.nostrtrust.config.Origins;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.db.AuditPartitions;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.SweepVerticle;
import dev.nostrtrust.http.ChangeStreams;
import dev.nostrtrust.http.ContractRoutes;
import dev.nostrtrust.http.LongPoll;
import dev.nostrtrust.http.PageRoutes;
import dev.nostrtrust.http.RouteModule;
import dev.nostrtrust.job.JobRoutes;
import dev.nostrtrust.job.JobService;
import dev.nostrtrust.job.LeaseService;
import dev.nostrtrust.job.WorkerRoutes;
import dev.nostrtrust.login.LoginRoutes;
import dev.nostrtrust.login.LoginService;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.observe.Metrics;
import dev.nostrtrust.operator.AuditRoutes;
import dev.nostrtrust.operator.AuditStore;
import dev.nostrtrust.operator.CredentialRoutes;
import dev.nostrtrust.operator.IdentityListing;
import dev.nostrtrust.operator.IdentityRoutes;
import dev.nostrtrust.ratelimit.RateLimiter;
import dev.nostrtrust.session.SessionRoutes;
import dev.nostrtrust.session.SessionService;
import dev.nostrtrust.trust.api.FeedRoutes;
import dev.nostrtrust.trust.api.OperatorRoutes;
import dev.nostrtrust.trust.api.OperatorStore;
import dev.nostrtrust.trust.api.TrustQueryVerticle;
import dev.nostrtrust.trust.api.TrustRoutes;
import dev.nostrtrust.trust.api.TrustService;
import dev.nostrtrust.trust.ledger.Ledger;
import dev.nostrtrust.trust.ledger.LedgerGauges;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.scoring.Scorer;
import dev.nostrtrust.trust.scoring.ScoringVerticle;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** The shared components of a running server. Creates the services and route modules from them. */
record Wiring(
        Settings settings,
        Origins origins,
        KeyRing challengeKeys,
        TrustModel model,
        Database database,
        Metrics metrics,
        SignatureWorkers workers,
        Tokens tokens,
        Credentials credentials,
        Bus bus,
        ChangeWaiters waiters,
        JobService jobs,
        LeaseService leases,
        InstantSource clock) {
    /** A bucket is far smaller than a job, so a sweep deletes this many buckets per job of SWEEP_BATCH. */
    private static final int BUCKETS_PER_JOB = 10;

    private static final Duration CREDENTIAL_USE_INTERVAL = Duration.ofMinutes(1);

    private static final Duration PARTITIONS_INTERVAL = Duration.ofHours(1);

    /** The route modules of one event loop. */
    List<RouteModule> routeModules() {
        LoginService logins = logins();
        IdentityStore identities = identities();
        RateLimits rates = new RateLimits(settings, limiter(), user -> tierOf(user, identities));
        Authenticator authenticator = new Authenticator(
                credentials, new Operators(OperatorKeys.of(settings), identities), logins::verifyRequest, rates);
        Ledger ledger = new Ledger(database);
        LongPoll longPoll = new LongPoll(waiters);
        ChangeStreams streams = new ChangeStreams(waiters);
        return List.of(
                new LoginRoutes(authenticator, rates, logins, identities, tokens, model, clock),
                new SessionRoutes(authenticator, identities::requireLive, sessions(), longPoll),
                new FeedRoutes(authenticator, ledger, longPoll, streams, settings.feedInterval(), clock),
                new JobRoutes(
                        authenticator,
                        identities::requireLive,
                        jobs,
                        longPoll,
                        streams,
                        settings.httpHeartbeat(),
                        clock),
                new WorkerRoutes(authenticator, leases, longPoll, settings),
                new TrustRoutes(authenticator, identities::requireLive, trust(), ledger, model.policy()),
                new OperatorRoutes(authenticator, operatorActions(), model, clock),
                new CredentialRoutes(authenticator, credentials),
                new AuditRoutes(authenticator, audit()),
                new IdentityRoutes(authenticator, identityListing(), identities, settings.erasureGrace(), clock),
                new ContractRoutes(),
                new PageRoutes());
    }

    OperatorStore operatorActions() {
        return new OperatorStore(database, scorer());
    }

    AuditStore audit() {
        return new AuditStore(database);
    }

    IdentityListing identityListing() {
        return new IdentityListing(database, model, clock);
    }

    IdentityStore identities() {
        return new IdentityStore(database, clock);
    }

    LoginService logins() {
        return new LoginService(settings, origins, challengeKeys, workers, database, tokens, model, clock);
    }

    ScoringVerticle scoring() {
        return new ScoringVerticle(scorer(), settings, bus);
    }

    private Scorer scorer() {
        return new Scorer(database, model, settings, clock, bus);
    }

    TrustQueryVerticle trustQuery() {
        return new TrustQueryVerticle(database, model, clock, bus);
    }

    /** The periodic sweeps, one verticle each. */
    List<SweepVerticle> sweeps() {
        RateLimiter limiter = limiter();
        int bucketBatch = BUCKETS_PER_JOB * settings.sweepBatch();
        AuditPartitions partitions = new AuditPartitions(database);
        LedgerGauges gauges = new LedgerGauges(new Ledger(database), metrics);
        return List.of(
                new SweepVerticle("jobs", settings.sweepInterval(), jobs::sweep),
                new SweepVerticle("sessions", settings.sweepInterval(), sessions()::sweep),
                new SweepVerticle("erasures", settings.sweepInterval(), jobs::sweepErasures),
                new SweepVerticle("old jobs", settings.sweepInterval(), jobs::sweepRetention),
                new SweepVerticle("old sessions", settings.sweepInterval(), sessions()::sweepRetention),
                new SweepVerticle("logins", settings.sweepInterval(), logins()::sweep),
                new SweepVerticle("rate limits", settings.rateSweepInterval(), () -> limiter.sweep(bucketBatch)),
                new SweepVerticle("audit partitions", PARTITIONS_INTERVAL, () -> partitions
                        .create()
                        .map(false)),
                new SweepVerticle("changed credentials", Credentials.REFRESH_INTERVAL, () -> credentials
                        .refresh()
                        .map(false)),
                new SweepVerticle("used credentials", CREDENTIAL_USE_INTERVAL, () -> credentials
                        .recordUse()
                        .map(false)),
                new SweepVerticle("metrics", settings.metricsInterval(), () -> gauges.refresh()
                        .map(false)));
    }

    /** The tier of a caller. A signed request has no login to check. */
    private Future<Tier> tierOf(Caller user, IdentityStore identities) {
        return user.login() == null
                ? trust().getTier(new PublicKey(user.subject()))
                : identities.findForChange(user).map(identity -> identity.standing()
                        .tierAt(model, clock.instant()));
    }

    RateLimiter limiter() {
        return new RateLimiter(database, settings, clock);
    }

    TrustService trust() {
        return new TrustService(database, model, clock, bus);
    }

    SessionService sessions() {
        return new SessionService(database, new IdentityStore(database, clock), model, settings, clock, bus);
    }
}
