package dev.nostrtrust.bench;

import static dev.nostrtrust.bench.Measure.Limit.atMost;

import dev.nostrtrust.app.Main;
import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.fixture.FreePorts;
import dev.nostrtrust.fixture.Program;
import dev.nostrtrust.fixture.TestDatabases;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** The time of a start on a database whose schema is in place. */
final class StartMeasures {
    private final BenchOptions options;

    StartMeasures(BenchOptions options) {
        this.options = options;
    }

    List<Measure> selected() throws IOException {
        String name = "start to listening, external database, "
                + (StartTime.hasCache() ? "AOT" : "no AOT cache before Java 25") + ", ms";
        if (!options.selects(name)) {
            return List.of();
        }
        DatabaseAddress database = TestDatabases.fresh();
        StartTime ours = new StartTime(
                "ours",
                ClassPaths.release(),
                Main.class.getName(),
                port -> List.of("serve"),
                port -> settings(port, database));
        StartTime bare = new StartTime(
                "bare",
                ClassPaths.releaseWithBench(),
                BareStart.class.getName(),
                port -> List.of(String.valueOf(port), database.url()),
                port -> Map.of());
        return List.of(
                new Measure(name, ours, List.of(atMost(1.3, "bare Vert.x + Liquibase with nothing to do", bare))));
    }

    private static Map<String, String> settings(int port, DatabaseAddress database) {
        Map<String, String> settings = Program.settings(port, FreePorts.next(), database.url());
        settings.put("SHUTDOWN_DELAY", "1ms");
        return settings;
    }
}
