package dev.nostrtrust.bench;

import static dev.nostrtrust.bench.Measure.Limit.atLeast;
import static dev.nostrtrust.bench.Measure.Limit.atMost;
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
    private static final int LOOKUPS = 50;

    private static final String ONE_PROCESS = "Fastify, nostr-wasm and pg, one process";
    private static final String TWO_PROCESSES = "Fastify, nostr-wasm and pg, two processes";
    private static final Preparation NONE = () -> {};

    private final BenchEnvironment environment;
    private final BenchOptions options;
    private final ServerLoads loads;
    private final long identities;
    private final boolean pgbench = PgBench.isInstalled();

    Measures(BenchEnvironment environment, BenchOptions options) {
        this.environment = environment;
        this.options = options;
        this.loads = new ServerLoads(environment.server(), environment.generator(), options);
        this.identities = environment.theirs().identities();
    }

    /** The selected measures. */
    List<Measure> selected() throws IOException, InterruptedException {
        return Stream.of(
                        verification(),
                        challenge(),
                        login(),
                        create(),
                        createOverFewConnections(),
                        cycle(),
                        claim(),
                        poll(),
                        scoring(),
                        lookUp(),
                        latency("p99 of login at half of peak, µs", loads.loginLatency()),
                        latency("p99 of creation at half of peak, µs", loads.createLatency()))
                .filter(measure -> options.selects(measure.name()))
                .toList();
    }

    private Measure verification() throws IOException, InterruptedException {
        return new Measure(
                "native verification",
                new NativeVerification(options),
                List.of(atLeast(
                        0.95,
                        "the loop of libsecp256k1's own benchmark, one thread",
                        LibraryVerification.of(options.seconds()))));
    }

    private Measure challenge() {
        Words load = loads.words("challenge");
        return new Measure(
                "POST challenge",
                loads.http(load),
                List.of(atLeast(
                        0.60,
                        "bare Vert.x handler with a body of that size",
                        loads.http(load.with("port", environment.barePort())))));
    }

    private Measure login() throws IOException {
        Words load = loads.words("login");
        return new Measure(
                "full login, durable",
                loads.login(),
                List.of(
                        atLeast(
                                0.70,
                                "pgbench: insert login + upsert identity, 8 connections",
                                pgbench("login", PgBenchScripts.login(identities), LOGIN_CONNECTIONS, NONE)),
                        atLeast(4, ONE_PROCESS, peer(load, 1, loads::logins)),
                        beside(TWO_PROCESSES, peer(load, 2, loads::logins))));
    }

    private Measure create() throws IOException {
        Words load = loads.words("create");
        return new Measure(
                "POST /api/jobs with a token, durable",
                loads.create(),
                List.of(
                        atLeast(
                                1,
                                "pgbench, one INSERT into the same table with its indexes",
                                pgbench("create", PgBenchScripts.create(identities), options.connections(), NONE)),
                        atLeast(2, ONE_PROCESS, peer(load, 1, loads::http)),
                        beside(TWO_PROCESSES, peer(load, 2, loads::http))));
    }

    private Measure createOverFewConnections() {
        Words load = loads.words("create").with("connections", ServerLoads.FEW_CONNECTIONS);
        return new Measure(
                "POST /api/jobs, 16 connections",
                loads.http(load),
                List.of(
                        atLeast(1, ONE_PROCESS, peer(load, 1, loads::http)),
                        beside(TWO_PROCESSES, peer(load, 2, loads::http))));
    }

    private Measure cycle() throws IOException {
        return new Measure(
                "create + claim + complete, cycles",
                loads.cycle(),
                List.of(atLeast(
                        1.5,
                        "pgbench with the same three statements in three transactions",
                        pgbench("cycle", PgBenchScripts.cycle(identities), options.connections(), NONE))));
    }

    private Measure claim() throws IOException {
        return new Measure(
                "claim-next by 50 workers, jobs",
                loads.claim(),
                List.of(atLeast(
                        2,
                        "pgbench, SKIP LOCKED update of one",
                        pgbench(
                                "claim",
                                PgBenchScripts.claim(),
                                ServerLoads.WORKERS,
                                loads.filled(environment.theirs())))));
    }

    private Measure poll() throws IOException {
        Words load = loads.words("poll");
        return new Measure(
                "GET /api/jobs/{id}",
                loads.poll(),
                List.of(
                        atLeast(
                                0.70,
                                "pgbench, that SELECT with its join",
                                pgbench("poll", PgBenchScripts.poll(), options.connections(), NONE)),
                        atLeast(3, ONE_PROCESS, peer(load, 1, loads::http)),
                        beside(TWO_PROCESSES, peer(load, 2, loads::http))));
    }

    private Measure lookUp() throws IOException {
        return new Measure(
                "batch lookup, keys",
                loads.lookUp(),
                List.of(atLeast(
                        0.7,
                        "pgbench, SELECT of 100 keys by unnest",
                        pgbench("lookup", lookups(), options.connections(), NONE, Seed.LOOKUP_KEYS))));
    }

    private Measure scoring() {
        return new Measure(
                "scoring, facts with chain and identities",
                loads.scoring(),
                List.of(atLeast(
                        0.4,
                        "bare UPDATE … FROM unnest of 500, same table",
                        new BareUpdate(environment.theirs(), loads.facts()))));
    }

    private static Measure latency(String name, HalfOfPeak ours) {
        return new Measure(name, ours, List.of(atMost(8, "p50", ours.p50())));
    }

    /** The Node server under the same load. */
    private Contender peer(Words ours, int processes, Function<Words, Contender> contender) {
        String missing = environment.peers().missing();
        return missing == null
                ? contender.apply(environment.peerLoad(ours, processes))
                : new Contender.Missing(missing);
    }

    private Contender pgbench(String name, String script, int connections, Preparation preparation) throws IOException {
        return pgbench(name, List.of(script), connections, preparation, 1);
    }

    private Contender pgbench(String name, List<String> scripts, int connections, Preparation preparation, int unit)
            throws IOException {
        if (!pgbench) {
            return new Contender.Missing("pgbench is not installed");
        }
        List<Path> files = PgBench.scripts(BenchEnvironment.DIRECTORY.resolve("sql"), name, scripts);
        return new PgBench(environment.theirs().address(), files, connections, options.seconds(), unit, preparation);
    }

    /** Lookups of different keys. */
    private List<String> lookups() {
        SplittableRandom random = new SplittableRandom(1);
        return Stream.generate(() -> PgBenchScripts.lookup(Seed.lookedUp(identities, random)))
                .limit(LOOKUPS)
                .toList();
    }
}
