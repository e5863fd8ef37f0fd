package dev.nostrtrust.torture;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/** What can go wrong beneath the servers and with them. Each trouble is over when its method returns. */
enum Trouble {
    SERVER_KILLED("server kill -9") {
        @Override
        void strike(Cluster cluster, Load load) {
            ServerNode victim = any(cluster.nodes());
            victim.kill();
            victim.start();
            cluster.awaitReady();
        }
    },
    DATABASE_CRASHED("PostgreSQL stopped -m immediate") {
        @Override
        void strike(Cluster cluster, Load load) {
            cluster.postgres().crash();
            cluster.postgres().startAgain();
            cluster.awaitReady();
        }
    },
    SERVER_FROZEN("server SIGSTOP beyond its transactions' time") {
        @Override
        void strike(Cluster cluster, Load load) {
            freeze(cluster, Duration.ofSeconds(6));
        }
    },
    BACKEND_FROZEN("one PostgreSQL backend SIGSTOP") {
        @Override
        void strike(Cluster cluster, Load load) {
            long backend = any(cluster.postgres().backends());
            Postgres.signal(backend, "STOP");
            last(Duration.ofSeconds(6));
            load.awaitProgress(1);
            Postgres.signal(backend, "CONT");
            cluster.awaitReady();
        }
    },
    WIRE_HELD("database port dropped") {
        @Override
        void strike(Cluster cluster, Load load) {
            cluster.wire().hold();
            last(Duration.ofSeconds(30));
            cluster.wire().pass();
            cluster.awaitReady();
        }
    },
    POOL_EXHAUSTED("pool exhausted by a lock on jobs") {
        @Override
        void strike(Cluster cluster, Load load) {
            cluster.postgres().execute("BEGIN; LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(5); COMMIT");
            cluster.awaitReady();
        }
    },
    SERVER_FROZEN_LONG("server SIGSTOP for a minute") {
        @Override
        void strike(Cluster cluster, Load load) {
            freeze(cluster, Duration.ofMinutes(1));
        }
    },
    DATABASE_READ_ONLY("database read-only") {
        @Override
        void strike(Cluster cluster, Load load) {
            cluster.postgres().readOnly(true);
            last(Duration.ofSeconds(3));
            cluster.postgres().readOnly(false);
            cluster.awaitReady();
        }
    };

    private final String title;

    Trouble(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    abstract void strike(Cluster cluster, Load load);

    private static void freeze(Cluster cluster, Duration time) {
        ServerNode victim = any(cluster.nodes());
        victim.freeze();
        last(time);
        victim.goOn();
        cluster.awaitReady();
    }

    private static <T> T any(List<T> choices) {
        return choices.get(ThreadLocalRandom.current().nextInt(choices.size()));
    }

    /** The trouble goes on for a time: long enough for every timeout to come, and nothing depends on how long. */
    private static void last(Duration time) {
        LockSupport.parkNanos(time.toNanos());
    }
}
