package dev.nostrtrust.bench;

import static dev.nostrtrust.bench.Measure.Limit.atLeast;
import static dev.nostrtrust.bench.Measure.Limit.beside;

import dev.nostrtrust.bench.Contender.Preparation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Stream;

/** The measures of a run: the rows of the table. */
final class Measures {
    private static final int LOGIN_CONNECTIONS = 8;
    private static final int FEW_CONNECTIONS = 16;
    private static final int WORKERS = 50;
    private static final int LOOKUPS = 50;

    /** More than workers claim in a second. */
    private static final int CLAIMS_PER_SECOND = 20_000;

    private static final int LOGINS_PER_SECOND = 3000;
    private static final String ONE_PROCESS = "Fastify, nostr-wasm and pg, one process";
    private static final String TWO_PROCESSES = "Fastify, nostr-wasm and pg, two processes";
    private static final Preparation NONE = () -> {};

    private final BenchEnvironment environment;
    private final BenchOptions options;
    private final long identities;
    private final boolean pgbench = PgBench.isInstalled();

    Measures(BenchEnvironment environment, BenchOptions options) {
        this.environment = environment;
        this.options = options;
        this.identities = environment.theirs().identities();
    }

    /** The selected measures. */
    List<Measure> selected() throws IOException {
        return Stream.of(challenge(), login(), create(), createOverFewConnections(), cycle(), claim(), poll(), lookUp())
                .filter(measure -> options.selects(measure.name()))
                .toList();
    }

    private Measure challenge() {
        Words load = load("challenge", options.connections());
        return new Measure(
                "POST challenge",
                http(load),
                List.of(atLeast(
                        0.60,
                        "bare Vert.x handler with a body of that size",
                        http(load.with("port", environment.barePort())))));
    }

    private Measure login() throws IOException {
        Words load = load("login", options.connections());
        return new Measure(
                "full login, durable",
                logins(load),
                List.of(
                        atLeast(
                                0.70,
                                "pgbench: insert login + upsert identity, 8 connections",
                                pgbench("login", PgBenchScripts.login(identities), LOGIN_CONNECTIONS, NONE)),
                        atLeast(4, ONE_PROCESS, peer(load, 1, this::logins)),
                        beside(TWO_PROCESSES, peer(load, 2, this::logins))));
    }

    private Measure create() throws IOException {
        Words load = load("create", options.connections());
        return new Measure(
                "POST /api/jobs with a token, durable",
                http(load),
                List.of(
                        atLeast(
                                1,
                                "pgbench, one INSERT into the same table with its indexes",
                                pgbench("create", PgBenchScripts.create(identities), options.connections(), NONE)),
                        atLeast(2, ONE_PROCESS, peer(load, 1, this::http)),
                        beside(TWO_PROCESSES, peer(load, 2, this::http))));
    }

    private Measure createOverFewConnections() {
        Words load = load("create", FEW_CONNECTIONS);
        return new Measure(
                "POST /api/jobs, 16 connections",
                http(load),
                List.of(
                        atLeast(1, ONE_PROCESS, peer(load, 1, this::http)),
                        beside(TWO_PROCESSES, peer(load, 2, this::http))));
    }

    private Measure cycle() throws IOException {
        return new Measure(
                "create + claim + complete, cycles",
                http(load("cycle", options.connections()), 1.0 / 3, NONE),
                List.of(atLeast(
                        1.5,
                        "pgbench with the same three statements in three transactions",
                        pgbench("cycle", PgBenchScripts.cycle(identities), options.connections(), NONE))));
    }

    private Measure claim() throws IOException {
        return new Measure(
                "claim-next by 50 workers, jobs",
                http(load("claim", WORKERS), 1, filled(environment.ours())),
                List.of(atLeast(
                        2,
                        "pgbench, SKIP LOCKED update of one",
                        pgbench("claim", PgBenchScripts.claim(), WORKERS, filled(environment.theirs())))));
    }

    private Measure poll() throws IOException {
        Words load = load("poll", options.connections());
        return new Measure(
                "GET /api/jobs/{id}",
                http(load),
                List.of(
                        atLeast(
                                0.70,
                                "pgbench, that SELECT with its join",
                                pgbench("poll", PgBenchScripts.poll(), options.connections(), NONE)),
                        atLeast(3, ONE_PROCESS, peer(load, 1, this::http)),
                        beside(TWO_PROCESSES, peer(load, 2, this::http))));
    }

    private Measure lookUp() throws IOException {
        return new Measure(
                "batch lookup, keys",
                http(load("lookup", options.connections()), Seed.LOOKUP_KEYS, NONE),
                List.of(atLeast(
                        0.7,
                        "pgbench, SELECT of 100 keys by unnest",
                        pgbench("lookup", lookups(), options.connections(), NONE, Seed.LOOKUP_KEYS))));
    }

    private Words load(String kind, int connections) {
        return environment.load(kind).with("connections", connections);
    }

    private Contender http(Words load) {
        return http(load, 1, NONE);
    }

    /** The Node server under the same load. */
    private Contender peer(Words ours, int processes, Function<Words, Contender> contender) {
        String missing = environment.peers().missing();
        return missing == null
                ? contender.apply(environment.peerLoad(ours, processes))
                : new Contender.Missing(missing);
    }

    private Contender http(Words load, double unit, Preparation preparation) {
        return new HttpContender(
                environment.generator(),
                load.with("seconds", options.seconds()),
                load.with("seconds", options.warmup()),
                unit,
                preparation);
    }

    private Contender logins(Words load) {
        return new HttpContender(
                environment.generator(),
                load.with("count", LOGINS_PER_SECOND * options.seconds()),
                load.with("count", LOGINS_PER_SECOND * options.warmup()),
                1,
                NONE);
    }

    private Contender pgbench(String name, String script, int connections, Preparation preparation) throws IOException {
        return pgbench(name, List.of(script), connections, preparation, 1);
    }

    private Contender pgbench(String name, List<String> scripts, int connections, Preparation preparation, int unit)
            throws IOException {
        if (!pgbench) {
            return new Contender.Missing("pgbench is not installed");
        }
        List<Path> files = PgBench.scripts(BenchEnvironment.DIRECTORY, name, scripts);
        return new PgBench(environment.theirs().address(), files, connections, options.seconds(), unit, preparation);
    }

    /** Lookups of different keys. */
    private List<String> lookups() {
        SplittableRandom random = new SplittableRandom(1);
        return Stream.generate(() -> PgBenchScripts.lookup(Seed.lookedUp(identities, random)))
                .limit(LOOKUPS)
                .toList();
    }

    private Preparation filled(BenchDatabase database) {
        long jobs = (long) CLAIMS_PER_SECOND * Math.max(options.seconds(), options.warmup());
        return () -> database.fillQueue(jobs);
    }
}
