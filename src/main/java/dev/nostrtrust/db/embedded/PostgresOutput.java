package dev.nostrtrust.db.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** Reads the output of a PostgreSQL program on a thread of its own until every writer has closed it. */
final class PostgresOutput {
    private static final int KEPT = 50;
    private static final int QUOTED = 4;
    private static final Pattern TELLING =
            Pattern.compile("\\b(error|FATAL|PANIC|DETAIL|HINT): |could not |cannot |invalid |unshare: ");

    private final Consumer<String> listener;
    private final Runnable end;
    private final Deque<String> last = new ArrayDeque<>();
    private final CountDownLatch ended = new CountDownLatch(1);

    PostgresOutput(Consumer<String> listener, Runnable end) {
        this.listener = listener;
        this.end = end;
    }

    void read(InputStream output) {
        Thread reader = new Thread(() -> drain(output), "postgres output");
        reader.setDaemon(true);
        reader.start();
    }

    /** The last error lines as one line. Complete after the end of the program. */
    String reason() {
        try {
            boolean complete = ended.await(5, TimeUnit.SECONDS);
            synchronized (last) {
                Deque<String> telling = new ArrayDeque<>(last.stream()
                        .filter(TELLING.asPredicate())
                        .map(line -> line.replaceFirst("^.*(?=(FATAL|PANIC): )", ""))
                        .toList());
                // Adds nothing to the server's own message.
                telling.removeIf(line -> line.startsWith("pg_ctl: could not start") && telling.size() > 1);
                while (telling.size() > QUOTED) {
                    telling.removeFirst();
                }
                String words = telling.isEmpty() ? String.valueOf(last.peekLast()) : String.join("; ", telling);
                return complete ? words : words + " ...";
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    /**
     * Holds the monitor of the stream. The JDK needs it to close the pipe when pg_ctl ends, and PostgreSQL still writes
     * to that pipe.
     */
    private void drain(InputStream output) {
        synchronized (output) {
            readAll(output);
        }
    }

    private void readAll(InputStream output) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(output, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isBlank()) {
                    keep(line.strip());
                    listener.accept(line.strip());
                }
            }
        } catch (IOException e) { // The pipe breaks when the program is killed.
            keep(e.toString());
        } finally {
            ended.countDown();
            end.run();
        }
    }

    private void keep(String line) {
        synchronized (last) {
            if (last.size() == KEPT) {
                last.removeFirst();
            }
            last.add(line);
        }
    }
}
