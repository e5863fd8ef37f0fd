package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.fixture.TestDatabases;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Clients that leave, at every step of every route: whatever they had comes back. */
class DisconnectTest {
    private static final int PERMITS = 8;
    private static final String DEADLOCK = "40P01";
    private static final Set<String> WAITING = Set.of(
            "poll that waits",
            "claim that waits",
            "changes that are waited for",
            "stream",
            "session that is waited for",
            "ledger that is waited for",
            "stream of the ledger");
    private static final Set<String> SIGNED = Set.of(
            "verify",
            "erase",
            "signed job",
            "signed session",
            "signed request of a session",
            "signed job with a token in its body");

    private static TestServer server;
    private static Visits visits;

    @BeforeAll
    static void start() {
        server = TestServer.start(Map.of(
                "HTTP_IN_FLIGHT", Integer.toString(PERMITS),
                "DATABASE_LOCK_TIMEOUT", "30s",
                "DATABASE_STATEMENT_TIMEOUT", "30s"));
        visits = new Visits(server);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** The statement of a request whose client has just left may hold a permit for a moment longer. */
    @AfterEach
    void every_permit_can_be_taken_again() {
        Waiting.until(DisconnectTest::allPermitsAreFree);
        untilNothingIsHeld("all of them");
    }

    private static boolean allPermitsAreFree() {
        List<RawConnection> all = new ArrayList<>();
        try {
            try (Connection lock = lock(server)) {
                for (int i = 0; i < PERMITS; i++) {
                    all.add(RawConnection.to(server).send(valid(visits.all().get("job"))));
                }
                // One that is refused has been answered; then not all of them can hold a permit.
                Waiting.until(() -> server.inFlight() == PERMITS || all.stream().anyMatch(DisconnectTest::isAnswered));
                lock.rollback();
            }
            boolean free = true;
            for (RawConnection connection : all) {
                free &= connection.answer().startsWith("HTTP/1.1 201");
                connection.close();
            }
            return free;
        } catch (IOException | SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The server may lock the same tables in another order, so a deadlock is retried. */
    private static Connection lock(TestServer server) throws SQLException {
        while (true) {
            Connection connection = TestDatabases.connect(server.database());
            connection.setAutoCommit(false);
            try (var statement = connection.createStatement()) {
                statement.execute("LOCK TABLE jobs, sessions, logins, nostr_identities, trust_ledger"
                        + " IN ACCESS EXCLUSIVE MODE");
                return connection;
            } catch (SQLException e) {
                connection.close();
                if (!DEADLOCK.equals(e.getSQLState())) {
                    throw e;
                }
            }
        }
    }

    private static void untilNothingIsHeld(String visit) {
        try {
            Waiting.until(() -> server.inFlight() == 0 && server.waiting() == 0);
        } catch (AssertionError never) {
            throw new AssertionError(
                    visit + ": " + server.inFlight() + " permits are held, and " + server.waiting() + " places to wait",
                    never);
        }
    }

    @Test
    void the_visits_are_valid_and_there_is_one_for_every_operation() throws Exception {
        Set<String> unvisited = new TreeSet<>(server.operations());
        for (String name : visits.all().keySet()) {
            String request = valid(visits.all().get(name));
            unvisited.removeIf(operation -> request.matches(
                    "(?s)" + operation.replaceAll("\\{\\w+}", "(?!me |policy |events )[^/ ]+") + "[ ?].*"));
            try (RawConnection connection = RawConnection.to(server)) {
                connection.send(request);
                if (WAITING.contains(name)) {
                    Waiting.until(() -> server.waiting() == 1);
                } else {
                    assertThat(connection.answer()).as(name).startsWith("HTTP/1.1 20");
                }
            }
            untilNothingIsHeld(name);
        }
        assertThat(unvisited).as("operations without a visit in Visits").isEmpty();
    }

    @Test
    void a_client_may_leave_in_the_middle_of_its_request() throws Exception {
        for (Map.Entry<String, Supplier<String>> visit : visits.all().entrySet()) {
            String request = valid(visit.getValue());
            int others = server.connections();
            int head = request.indexOf("\r\n\r\n") + 4;
            for (int length : List.of(head / 2, head, (head + request.length()) / 2, request.length())) {
                try (RawConnection connection = RawConnection.to(server)) {
                    connection.send(request.substring(0, length));
                }
            }
            try (RawConnection twice = RawConnection.to(server)) {
                twice.send(request + request);
            }
            Waiting.until(() -> server.connections() <= others);
            untilNothingIsHeld(visit.getKey());
        }
    }

    @Test
    void a_client_may_leave_while_the_database_works_for_it() throws Exception {
        for (Map.Entry<String, Supplier<String>> visit : visits.all().entrySet()) {
            String request = valid(visit.getValue());
            int others = server.connections();
            try (Connection lock = lock(server)) {
                try (RawConnection connection = RawConnection.to(server)) {
                    connection.send(request + request);
                    Waiting.until(() -> server.inFlight() > 0 || isAnswered(connection));
                }
                Waiting.until(() -> server.connections() <= others);
                lock.rollback();
            }
            untilNothingIsHeld(visit.getKey());
        }
    }

    @Test
    void a_client_may_leave_while_its_signature_is_verified() throws Exception {
        for (String name : SIGNED) {
            String request = valid(visits.all().get(name));
            CountDownLatch free = server.holdSignatures();
            int held = server.signatures();
            int others = server.connections();
            try (RawConnection connection = RawConnection.to(server)) {
                connection.send(request);
                Waiting.until(() -> server.signatures() > held);
            }
            Waiting.until(() -> server.connections() <= others);
            free.countDown();
            Waiting.until(() -> server.signatures() == 0);
            untilNothingIsHeld(name);
        }
    }

    @Test
    void a_client_may_leave_while_it_waits() throws Exception {
        for (String name : WAITING) {
            try (RawConnection connection = RawConnection.to(server)) {
                connection.send(valid(visits.all().get(name)));
                Waiting.until(() -> server.waiting() == 1 && server.inFlight() == 0);
            }
            untilNothingIsHeld(name);
        }
    }

    /** Prints how long it takes until everything is back. */
    @Test
    @Tag("full")
    void thousands_may_leave_at_random_moments() throws Exception {
        long seed = 17;
        Random random = new Random(seed);
        List<Map.Entry<String, Supplier<String>>> all = List.copyOf(visits.all().entrySet());
        ExecutorService clients = Executors.newFixedThreadPool(PERMITS);
        List<Future<?>> left = new ArrayList<>();
        for (int i = 0; i < 4200; i++) {
            Supplier<String> visit = all.get(i % all.size()).getValue();
            double part = random.nextInt(4) == 0 ? random.nextDouble() : 1;
            long nanos = (long) (random.nextDouble() * TimeUnit.MILLISECONDS.toNanos(10));
            left.add(clients.submit(() -> leave(visit, part, nanos)));
        }
        for (Future<?> client : left) {
            client.get();
        }
        clients.shutdown();
        long last = System.nanoTime();

        untilNothingIsHeld("seed " + seed);

        System.out.printf(
                "4,200 disconnects: nothing is held %d ms after the last%n",
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - last));
    }

    private static void leave(Supplier<String> visit, double part, long nanos) {
        String request = valid(visit);
        try (RawConnection connection = RawConnection.to(server)) {
            connection.send(request.substring(0, (int) (part * request.length())));
            LockSupport.parkNanos(nanos);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // There may be no permit at the moment for what a visit needs beforehand.
    private static String valid(Supplier<String> visit) {
        for (int i = 0; i < 1000; i++) {
            try {
                return visit.get();
            } catch (AssertionError | RuntimeException refused) {
                Waiting.aMoment();
            }
        }
        return visit.get();
    }

    private static boolean isAnswered(RawConnection connection) {
        try {
            return connection.isAnswered();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
