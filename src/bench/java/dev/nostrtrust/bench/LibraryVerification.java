package dev.nostrtrust.bench;

import fr.acinq.secp256k1.Secp256k1;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The loop of libsecp256k1's own benchmark, in C, over the library that the server loads. One thread. */
final class LibraryVerification implements Contender {
    private static final Path SOURCE = Path.of("src/bench/c/verify.c");
    private static final Path PROGRAM = BenchEnvironment.DIRECTORY.resolve("verify");
    private static final Path LIBRARY = BenchEnvironment.DIRECTORY.resolve("libsecp256k1-jni.so");

    private final int seconds;

    private LibraryVerification(int seconds) {
        this.seconds = seconds;
    }

    /** Compiles the program. The contender is missing without a C compiler, and on other systems than Linux. */
    static Contender of(int seconds) throws IOException, InterruptedException {
        Files.createDirectories(BenchEnvironment.DIRECTORY);
        try (InputStream library = library()) {
            if (library == null) {
                return new Missing("the library for C is there on Linux only");
            }
            Files.copy(library, LIBRARY, StandardCopyOption.REPLACE_EXISTING);
        }
        try {
            Process compiler = new ProcessBuilder("cc", "-O2", "-o", PROGRAM.toString(), SOURCE.toString(), "-ldl")
                    .inheritIO()
                    .start();
            return compiler.waitFor() == 0 ? new LibraryVerification(seconds) : new Missing("cc has failed");
        } catch (IOException notInstalled) {
            return new Missing("cc is not installed");
        }
    }

    @Override
    public Sample measure() throws Exception {
        Process program = new ProcessBuilder(List.of(PROGRAM.toString(), LIBRARY.toString(), String.valueOf(seconds)))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String rate = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (program.waitFor() != 0) {
            throw new IllegalStateException("verify has failed");
        }
        return Sample.of(Double.parseDouble(rate.strip()));
    }

    private static @Nullable InputStream library() {
        String architecture = System.getProperty("os.arch").equals("amd64") ? "x86_64" : "aarch64";
        return Secp256k1.class.getResourceAsStream(
                "/fr/acinq/secp256k1/jni/native/linux-" + architecture + "/libsecp256k1-jni.so");
    }
}
