package dev.nostrtrust.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what happens on its own time; how long it takes decides nothing, unless it never happens. */
public final class Waiting {
    private static final int MOMENTS = 9000;

    private Waiting() {}

    public static void aMoment() {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }

    /** Waits until this is so; gives up after three minutes. */
    public static void until(BooleanSupplier so) {
        for (int i = 0; i < MOMENTS; i++) {
            if (so.getAsBoolean()) {
                return;
            }
            aMoment();
        }
        throw new AssertionError("it did not happen within three minutes");
    }

    /** The same until a file holds a text. */
    public static void untilWritten(Path file, String text) {
        until(() -> {
            try {
                return Files.readString(file).contains(text);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
