package dev.nostrtrust.client;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A program that writes down the place of each entry that it is handed, a line each. What it has written is its cursor:
 * it keeps both together.
 */
final class FeedConsumer implements Cursor {
    private final Path file;

    private FeedConsumer(Path file) {
        this.file = file;
    }

    /** Takes the address of a server, a service token, and the file. */
    public static void main(String[] arguments) {
        FeedConsumer consumer = new FeedConsumer(Path.of(arguments[2]));
        FeedOptions options = FeedOptions.of(List.of(URI.create(arguments[0])), arguments[1]);
        TrustFeed.start(Vertx.vertx(), options, consumer, consumer::take);
    }

    /** The places that were written down, a torn last line left out. */
    static List<Long> taken(Path file) throws IOException {
        String text = Files.exists(file) ? Files.readString(file, StandardCharsets.US_ASCII) : "";
        return text.substring(0, text.lastIndexOf('\n') + 1)
                .lines()
                .map(Long::parseLong)
                .toList();
    }

    private Future<Void> take(List<TrustEvent> page) {
        String lines = page.stream().map(event -> event.seq() + "\n").collect(Collectors.joining());
        try {
            Files.writeString(
                    file, lines, StandardCharsets.US_ASCII, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            return Future.succeededFuture();
        } catch (IOException e) {
            return Future.failedFuture(e);
        }
    }

    @Override
    public Future<Long> load() {
        try {
            List<Long> taken = taken(file);
            // What was torn when it was killed is cut off.
            String whole = taken.stream().map(seq -> seq + "\n").collect(Collectors.joining());
            Files.writeString(file, whole, StandardCharsets.US_ASCII);
            return Future.succeededFuture(taken.isEmpty() ? 0 : taken.get(taken.size() - 1));
        } catch (IOException e) {
            return Future.failedFuture(e);
        }
    }

    @Override
    public Future<Void> store(long seq) {
        return Future.succeededFuture();
    }
}
