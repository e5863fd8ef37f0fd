package dev.nostrtrust.bench;

import dev.nostrtrust.bench.Contender.Preparation;

/** The loads on one server. */
final class ServerLoads {
    static final int FEW_CONNECTIONS = 16;
    static final int WORKERS = 50;

    /** More than workers claim in a second. */
    private static final int CLAIMS_PER_SECOND = 20_000;

    private static final int LOGINS_PER_SECOND = 3000;
    private static final int FACTS_PER_SECOND = 10_000;
    private static final Preparation NONE = () -> {};

    private final MeasuredServer server;
    private final Generator generator;
    private final BenchOptions options;

    ServerLoads(MeasuredServer server, Generator generator, BenchOptions options) {
        this.server = server;
        this.generator = generator;
        this.options = options;
    }

    Contender login() {
        return logins(words("login"));
    }

    Contender create() {
        return http(words("create"));
    }

    Contender cycle() {
        return http(words("cycle"), 1.0 / 3, NONE);
    }

    Contender claim() {
        return http(words("claim").with("connections", WORKERS), 1, filled(server.database()));
    }

    Contender poll() {
        return http(words("poll"));
    }

    Contender lookUp() {
        return http(words("lookup"), Seed.LOOKUP_KEYS, NONE);
    }

    Contender scoring() {
        return new ScoringSpeed(server.database(), facts());
    }

    HalfOfPeak createLatency() {
        return new HalfOfPeak(generator, words("create").with("seconds", options.seconds()));
    }

    HalfOfPeak loginLatency() {
        return new HalfOfPeak(generator, words("verify").with("count", LOGINS_PER_SECOND * options.seconds()));
    }

    /** The words of a load on the server. */
    Words words(String kind) {
        return server.load(kind).with("connections", options.connections());
    }

    /** A load that goes on for the time of a measurement. */
    Contender http(Words load) {
        return http(load, 1, NONE);
    }

    /** A number of full logins. */
    Contender logins(Words load) {
        return new HttpContender(
                generator,
                load.with("count", LOGINS_PER_SECOND * options.seconds()),
                load.with("count", LOGINS_PER_SECOND * options.warmup()),
                1,
                NONE);
    }

    /** Fills the queue of the workers. */
    Preparation filled(BenchDatabase database) {
        long jobs = (long) CLAIMS_PER_SECOND * Math.max(options.seconds(), options.warmup());
        return () -> database.fillQueue(jobs);
    }

    /** The number of facts that are scored in one measurement. */
    long facts() {
        return (long) FACTS_PER_SECOND * options.seconds();
    }

    private Contender http(Words load, double unit, Preparation preparation) {
        return new HttpContender(
                generator,
                load.with("seconds", options.seconds()),
                load.with("seconds", options.warmup()),
                unit,
                preparation);
    }
}
