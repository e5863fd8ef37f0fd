package example;

import dev.nostrtrust.client.ClaimedJob;
import dev.nostrtrust.client.JobOutcome;
import dev.nostrtrust.client.JobWorker;
import dev.nostrtrust.client.WorkerOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/** Works a queue: answers each prompt word by word, as a language model does, and charges for each word. */
public final class Worker {
    private static final int CONCURRENCY = 4;
    private static final long SATS_PER_WORD = 10;
    private static final long MILLIS_PER_WORD = 200;

    private Worker() {}

    public static void main(String[] arguments) {
        try {
            ExecutorService threads = Executors.newFixedThreadPool(CONCURRENCY);
            JobWorker worker = JobWorker.start(Vertx.vertx(), options(), JobWorker.blocking(threads, Worker::work));
            // SIGTERM and Ctrl-C: running jobs are finished and reported before the process ends.
            Runtime.getRuntime()
                    .addShutdownHook(
                            new Thread(() -> worker.stop().otherwiseEmpty().await()));
            worker.ended().await();
        } catch (RuntimeException e) {
            System.err.println("cannot work: " + e.getMessage());
            System.exit(1);
        }
    }

    private static WorkerOptions options() {
        return WorkerOptions.of(
                        list("ENGINE_URL", "http://localhost:8080")
                                .map(URI::create)
                                .toList(),
                        token())
                .withQueues(list("WORKER_QUEUES", "default").toList())
                .withConcurrency(CONCURRENCY);
    }

    private static Stream<String> list(String name, String otherwise) {
        return Stream.of(System.getenv().getOrDefault(name, otherwise).split(","));
    }

    private static String token() {
        return Optional.ofNullable(System.getenv("SERVICE_TOKEN"))
                .orElseThrow(() -> new IllegalArgumentException("the variable SERVICE_TOKEN is not set"));
    }

    /** Does one job. A real worker takes the payment and asks a model here. */
    private static JobOutcome work(ClaimedJob job) throws InterruptedException {
        System.out.println("started " + job.id());
        List<String> words = List.of(job.request().getString("prompt").split(" "));
        for (int i = 0; i < words.size(); i++) {
            if (job.isLost()) {
                // Cancelled, or given to another worker: the outcome is not reported.
                return JobOutcome.release();
            }
            Thread.sleep(MILLIS_PER_WORD);
            job.output(answer(words.get(i)) + " ");
            job.progress(new JsonObject().put("percent", 100 * (i + 1) / words.size()));
        }
        JsonObject result = new JsonObject().put("words", words.size());
        return JobOutcome.complete(SATS_PER_WORD * words.size(), result);
    }

    private static String answer(String word) {
        return word.toUpperCase(Locale.ROOT);
    }
}
