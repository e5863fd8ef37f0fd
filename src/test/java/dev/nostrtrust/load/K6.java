package dev.nostrtrust.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nostrtrust.fixture.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs scripts of {@code src/load} in their smoke profile. */
final class K6 {
    /** The exit status of a run whose thresholds have failed. */
    static final int THRESHOLDS_FAILED = 99;

    private static final Path SCRIPTS = Path.of("src/load");
    private static final Map<String, String> ENVIRONMENT = Map.of("K6_NO_USAGE_REPORT", "true");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** How a run ended, and how many checks in it held and did not. */
    record Run(int exitStatus, long held, long failed, String output) {}

    private K6() {}

    /** Runs a script against the server on this port of this machine. */
    static Run smoke(String script, int port, String workerToken) throws IOException, InterruptedException {
        Path summary = Files.createTempFile("k6-", ".json");
        List<String> command = new ArrayList<>(List.of(Tool.k6(), "run", "--quiet", "--address", ""));
        command.addAll(List.of("--summary-export", summary.toString()));
        command.addAll(List.of("-e", "PROFILE=smoke", "-e", "BASE_URL=http://127.0.0.1:" + port));
        command.addAll(List.of("-e", "WORKER_TOKEN=" + workerToken, script));
        try {
            Tool.Outcome outcome = Tool.run(SCRIPTS, ENVIRONMENT, command);
            JsonNode checks = JSON.readTree(summary.toFile()).path("metrics").path("checks");
            return new Run(
                    outcome.exitStatus(),
                    checks.path("passes").asLong(),
                    checks.path("fails").asLong(),
                    outcome.output());
        } finally {
            Files.delete(summary);
        }
    }
}
