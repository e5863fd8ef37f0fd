package dev.nostrtrust.bus;

import io.vertx.core.Vertx;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The files with which a node proves itself on the bus and knows the others.
 *
 * @param certificate PEM, this node's and those between it and the authority
 * @param key PEM, PKCS#8
 * @param authority PEM, whose certificates are accepted
 */
record BusTls(String certificate, String key, String authority) {

    PemKeyCertOptions identity() {
        return new PemKeyCertOptions().setCertPath(certificate).setKeyPath(key);
    }

    PemTrustOptions trust() {
        return new PemTrustOptions().addCertPath(authority);
    }

    /**
     * Reads them as the bus will. Blocks.
     *
     * @throws IllegalStateException naming the setting whose file is not usable
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
                    + (Files.exists(path) ? " is no file that this process may read" : ": there is no such file"));
        }
    }

    private static void expect(String what, java.util.concurrent.Callable<?> reading) {
        try {
            reading.call();
        } catch (Exception e) { // The library declares Exception.
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            throw new IllegalStateException(what + " cannot be used as PEM: " + cause.getMessage(), e);
        }
    }
}
