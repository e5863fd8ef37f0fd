package dev.nostrtrust.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The load generator, a process of its own. Reads one load per line on standard input, as {@link Words}, and writes the
 * result of each as one line. {@link Generator} starts it.
 */
final class LoadGenerator {
    private static final int LOOKUPS = 200;

    private LoadGenerator() {}

    public static void main(String[] arguments) throws IOException {
        BufferedReader loads = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = loads.readLine(); line != null; line = loads.readLine()) {
            Words load = Words.parse(line);
            Duration before = cpu();
            long start = System.nanoTime();
            String result =
                    switch (load.text("kind")) {
                        case "login" -> logIn(load);
                        case "verify" -> verify(load);
                        default -> run(load);
                    };
            double seconds = (System.nanoTime() - start) / 1e9;
            System.out.println(result + " cpu=" + cpu().minus(before).toMillis() / 1000.0 / seconds);
        }
    }

    private static Duration cpu() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    private static String logIn(Words load) throws IOException {
        int count = load.integer("count");
        Logins logins = new Logins(count, load.integer("connections"));
        double seconds = logins.run(load.integer("port"));
        if (load.has("save")) {
            Files.write(Path.of(load.text("save")), logins.tokens());
        }
        return "rate=" + count / seconds;
    }

    /** Only the second phase of logins. */
    private static String verify(Words load) throws IOException {
        Logins logins = new Logins(load.integer("count"), load.integer("connections"));
        logins.requestChallenges(load.integer("port"));
        return result(logins.verify(load.integer("port"), rate(load)));
    }

    private static String run(Words load) throws IOException {
        IntFunction<Conversation> conversations = conversations(load);
        return result(new HttpLoad(
                        load.integer("port"),
                        IntStream.range(0, load.integer("connections"))
                                .mapToObj(conversations)
                                .toList())
                .run(load.number("seconds"), rate(load)));
    }

    private static double rate(Words load) {
        return load.has("rate") ? load.number("rate") : 0;
    }

    private static String result(HttpLoad.Outcome outcome) {
        return String.format(
                Locale.ROOT,
                "rate=%f p50=%d p99=%d",
                outcome.perSecond(),
                outcome.micros().getValueAtPercentile(50),
                outcome.micros().getValueAtPercentile(99));
    }

    private static IntFunction<Conversation> conversations(Words load) throws IOException {
        SplittableRandom random = new SplittableRandom(load.integer("port"));
        if (load.text("kind").equals("cycle")) {
            List<String> users = tokens(load);
            return number -> new JobCycle("cycle-" + number, users.get(number % users.size()), load.text("worker"));
        }
        List<ByteBuffer> requests = requests(load, random);
        int expected = load.text("kind").equals("create") ? 201 : 200;
        return number -> new RepeatedRequests(requests, expected, random);
    }

    private static List<ByteBuffer> requests(Words load, SplittableRandom random) throws IOException {
        return switch (load.text("kind")) {
            case "challenge" -> List.of(HttpRequests.post("/api/identity/challenge", null, "{}"));
            case "create" ->
                tokens(load).stream()
                        .map(token -> HttpRequests.post("/api/jobs", token, "{\"request\":" + Seed.REQUEST + "}"))
                        .toList();
            case "poll" ->
                IntStream.rangeClosed(1, Seed.POLLED_JOBS)
                        .mapToObj(number -> HttpRequests.get("/api/jobs/" + Seed.polledJob(number)))
                        .toList();
            case "claim" ->
                List.of(HttpRequests.post(
                        "/api/jobs/claim", load.text("worker"), "{\"queues\":[\"" + Seed.CLAIMED_QUEUE + "\"]}"));
            case "lookup" ->
                Stream.generate(() -> HttpRequests.post("/api/trust/lookup", load.text("service"), keys(load, random)))
                        .limit(LOOKUPS)
                        .toList();
            default -> throw new IllegalArgumentException(load.text("kind"));
        };
    }

    private static String keys(Words load, SplittableRandom random) {
        List<String> keys = Seed.lookedUp(load.integer("identities"), random);
        return "{\"pubkeys\":[\"" + String.join("\",\"", keys) + "\"]}";
    }

    private static List<String> tokens(Words load) throws IOException {
        return Files.readAllLines(Path.of(load.text("users")));
    }
}
