package dev.nostrtrust.bench;

import static dev.nostrtrust.bench.Measure.Limit.atLeast;

import dev.nostrtrust.bench.Contender.Preparation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** The measures of a run: the rows of the table. */
final class Measures {
    private static final int LOGIN_CONNECTIONS = 8;
    private static final int WORKERS = 50;
    private static final int LOOKUPS = 50;

    /** More than workers claim in a second. */
    private static final int CLAIMS_PER_SECOND = 20_000;

    private static final int LOGINS_PER_SECOND = 3000;
    private static final Preparation NONE = () -> {};

    private final BenchEnvironment environment;
    private final BenchOptions options;
    private final boolean pgbench = PgBench.isInstalled();

    Measures(BenchEnvironment environment, BenchOptions options) {
        this.environment = environment;
        this.options = options;
    }

    List<Measure> all() throws IOException {
        long identities = environment.theirs().identities();
        List<Measure> measures = new ArrayList<>();
        measures.add(new Measure(
                "POST challenge",
                http("challenge", options.connections()),
                List.of(atLeast(
                        0.60,
                        "bare Vert.x handler with a body of that size",
                        http(load("challenge", options.connections()).with("port", environment.barePort()), 1, NONE)))));
        measures.add(new Measure(
                "full login, durable",
                logins(environment.load("login")),
                List.of(atLeast(
                        0.70,
                        "pgbench: insert login + upsert identity, 8 connections",
                        pgbench("login", PgBenchScripts.login(identities), LOGIN_CONNECTIONS, NONE)))));
        measures.add(new Measure(
                "POST /api/jobs with a token",
                http("create", options.connections()),
                List.of(atLeast(
                        1.0,
                        "pgbench, one INSERT into the same table",
                        pgbench("create", PgBenchScripts.create(identities), options.connections(), NONE)))));
        measures.add(new Measure(
                "create + claim + complete, cycles",
                http(load("cycle", options.connections()), 1.0 / 3, NONE),
                List.of(atLeast(
                        1.5,
                        "pgbench, the same three statements in three transactions",
                        pgbench("cycle", PgBenchScripts.cycle(identities), options.connections(), NONE)))));
        measures.add(new Measure(
                "claim-next by 50 workers",
                http(load("claim", WORKERS), 1, filled(environment.ours())),
                List.of(atLeast(
                        2,
                        "pgbench, SKIP LOCKED update of one",
                        pgbench("claim", PgBenchScripts.claim(), WORKERS, filled(environment.theirs()))))));
        measures.add(new Measure(
                "GET /api/jobs/{id}",
                http("poll", options.connections()),
                List.of(atLeast(
                        0.70,
                        "pgbench, that SELECT with its join",
                        pgbench("poll", PgBenchScripts.poll(), options.connections(), NONE)))));
        measures.add(new Measure(
                "batch lookup, keys",
                http(load("lookup", options.connections()), Seed.LOOKUP_KEYS, NONE),
                List.of(atLeast(
                        0.7,
                        "pgbench, SELECT of 100 keys by unnest",
                        pgbench("lookup", lookups(identities), options.connections(), NONE, Seed.LOOKUP_KEYS)))));
        return measures.stream().filter(measure -> options.selects(measure.name())).toList();
    }

    private Words load(String kind, int connections) {
        return environment.load(kind).with("connections", connections);
    }

    private Contender http(String kind, int connections) {
        return http(load(kind, connections), 1, NONE);
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
        Words connected = load.with("connections", options.connections());
        return new HttpContender(
                environment.generator(),
                connected.with("count", LOGINS_PER_SECOND * options.seconds()),
                connected.with("count", LOGINS_PER_SECOND * options.warmup()),
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
    private static List<String> lookups(long identities) {
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
