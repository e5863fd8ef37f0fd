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

/** What a program of PostgreSQL says: read by a thread of its own for as long as anything may still say something. */
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

    /** In one line, what it said last of what went wrong. To be asked once it has ended. */
    String reason() {
        try {
            boolean complete = ended.await(5, TimeUnit.SECONDS);
            synchronized (last) {
                Deque<String> telling = new ArrayDeque<>(last.stream()
                        .filter(TELLING.asPredicate())
                        .map(line -> line.replaceFirst("^.*(?=(FATAL|PANIC): )", ""))
                        .toList());
                // After the words of the server itself it adds nothing.
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
     * Holds the monitor of the stream: under it the JDK closes the pipe when the process that it has started ends,
     * which pg_ctl does while PostgreSQL goes on writing.
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
        } catch (IOException e) { // The end of it, as of a program that is killed.
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
