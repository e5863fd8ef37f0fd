package dev.nostrtrust.config;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.function.Supplier;

/**
 * The secrets that a server with a database of its own makes for itself when it first needs them, and keeps in files
 * that only their owner may read. Blocks.
 *
 * @param directory DATA_DIR, absolute
 */
public record LocalSecrets(Path directory) {
    public static final String WORKER_TOKEN = "worker.token";

    /** The secrets of a data directory that another process may hold. */
    public static LocalSecrets of(String dataDir) {
        return new LocalSecrets(Path.of(dataDir).toAbsolutePath().normalize());
    }

    /** 32 random bytes in base64. */
    public String random(String name) {
        return read(name, LocalSecrets::randomBase64);
    }

    /** A secret that is made by the supplier when it is first asked for. */
    public String read(String name, Supplier<String> maker) {
        return PrivateFile.readOrCreate(directory.resolve(name), maker);
    }

    /** Keeps something that only the owner may read. */
    public void keep(String name, String content) {
        PrivateFile.write(directory.resolve(name), content);
    }

    public Path file(String name) {
        return directory.resolve(name);
    }

    private static String randomBase64() {
        byte[] bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }
}
