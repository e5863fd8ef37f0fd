package dev.nostrtrust.bus;

import io.vertx.core.Vertx;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The TLS files of a node on the bus.
 *
 * @param certificate PEM: the certificate chain of this node
 * @param key PEM: the private key, PKCS#8
 * @param authority PEM: the authority that signs the certificates of all nodes
 */
record BusTls(String certificate, String key, String authority) {

    PemKeyCertOptions identity() {
        return new PemKeyCertOptions().setCertPath(certificate).setKeyPath(key);
    }

    PemTrustOptions trust() {
        return new PemTrustOptions().addCertPath(authority);
    }

    /**
     * Reads the files. Blocks.
     *
     * @throws IllegalStateException if a file is unusable; the message names its setting
     */
    void expectUsable() {
        expectReadable("BUS_TLS_CERTIFICATE", certificate);
        expectReadable("BUS_TLS_KEY", key);
        expectReadable("BUS_TLS_AUTHORITY", authority);
        Vertx vertx = Vertx.vertx(VertxNode.withoutFiles());
        try {
            expect("BUS_TLS_CERTIFICATE " + certificate + " and BUS_TLS_KEY " + key, () -> identity()
                    .getKeyManagerFactory(vertx));
            expect("BUS_TLS_AUTHORITY " + authority, () -> trust().getTrustManagerFactory(vertx));
        } finally {
            vertx.close().await();
        }
    }

    private static void expectReadable(String setting, String file) {
        Path path = Path.of(file);
        if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
            throw new IllegalStateException(setting + " " + file
                    + (Files.exists(path) ? " is not a file that this process can read" : ": no such file"));
        }
    }

    private static void expect(String files, java.util.concurrent.Callable<?> reading) {
        try {
            reading.call();
        } catch (Exception e) { // The library declares Exception.
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            throw new IllegalStateException(files + ": invalid PEM: " + cause.getMessage(), e);
        }
    }
}
