package dev.nostrtrust.client;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** A cursor in a file. The file is replaced atomically and synced to disk when {@link #store} completes. */
final class FileCursor implements Cursor {
    private final Vertx vertx;
    private final Path file;

    FileCursor(Vertx vertx, Path file) {
        this.vertx = vertx;
        this.file = file;
    }

    @Override
    public Future<Long> load() {
        return vertx.executeBlocking(
                () -> Files.exists(file)
                        ? Long.parseLong(Files.readString(file, StandardCharsets.US_ASCII)
                                .strip())
                        : 0L,
                false);
    }

    @Override
    public Future<Void> store(long seq) {
        return vertx.executeBlocking(() -> replace(Long.toString(seq)), false);
    }

    private Void replace(String text) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        try (FileChannel channel = FileChannel.open(
                next, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
            channel.force(true);
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return null;
    }
}
