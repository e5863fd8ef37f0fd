package dev.nostrtrust;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** An authority for the event buses' TLS, of a test's own, and the certificates that it gives to nodes. Blocks. */
public final class BusCertificates {
    private static final String PASSWORD = "password";

    private final Path directory;

    private BusCertificates(Path directory) {
        this.directory = directory;
    }

    /** A new authority, which keeps its files in a directory of its own. */
    public static BusCertificates of(Path directory) {
        BusCertificates authority = new BusCertificates(directory);
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        authority.pair("authority", "bc:c");
        authority.keytool("authority", "-exportcert", "-rfc", "-file", authority.path("authority.pem"));
        return authority;
    }

    /** The settings of a node that this authority has given a certificate, and that trusts this authority. */
    public Map<String, String> member(String name) {
        pair(name, "san=dns:" + name);
        keytool(name, "-certreq", "-file", path(name + ".csr"));
        keytool("authority", "-gencert", "-rfc", "-infile", path(name + ".csr"), "-outfile", path(name + ".pem"));
        writeKey(name);
        return Map.of(
                "BUS_TLS_CERTIFICATE", path(name + ".pem"),
                "BUS_TLS_KEY", path(name + ".key"),
                "BUS_TLS_AUTHORITY", path("authority.pem"));
    }

    /** What a client needs that trusts this authority and shows no certificate. */
    public SSLContext client() {
        return client(null);
    }

    /** What a client needs that trusts this authority and shows the certificate that one has given to a member. */
    public SSLContext client(BusCertificates issuer, String member) {
        try {
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(issuer.certified(member), PASSWORD.toCharArray());
            return client(keys.getKeyManagers());
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private SSLContext client(KeyManager @Nullable [] keys) {
        try {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry("authority", open("authority").getCertificate("authority"));
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private KeyStore certified(String member) throws GeneralSecurityException, IOException {
        KeyStore store = open(member);
        CertificateFactory certificates = CertificateFactory.getInstance("X.509");
        try (InputStream pem = Files.newInputStream(directory.resolve(member + ".pem"))) {
            store.setKeyEntry(
                    member,
                    store.getKey(member, PASSWORD.toCharArray()),
                    PASSWORD.toCharArray(),
                    certificates.generateCertificates(pem).toArray(Certificate[]::new));
        }
        return store;
    }

    private void pair(String name, String extension) {
        keytool(
                name,
                "-genkeypair",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=" + name,
                "-ext",
                extension);
    }

    private void writeKey(String name) {
        try {
            byte[] pkcs8 = open(name).getKey(name, PASSWORD.toCharArray()).getEncoded();
            String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(pkcs8);
            Files.writeString(
                    directory.resolve(name + ".key"),
                    "-----BEGIN PRIVATE KEY-----\n" + base64 + "\n-----END PRIVATE KEY-----\n");
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private KeyStore open(String name) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream file = Files.newInputStream(directory.resolve(name + ".p12"))) {
            store.load(file, PASSWORD.toCharArray());
        }
        return store;
    }

    private String path(String file) {
        return directory.resolve(file).toString();
    }

    /** Runs the JDK's keytool on the key store, and the key, of this name. */
    private void keytool(String name, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-alias", name, "-keystore", path(name + ".p12"), "-storetype", "PKCS12"));
        command.addAll(List.of("-storepass", PASSWORD, "-J-XX:TieredStopAtLevel=1"));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(180, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException(arguments[0] + ": " + said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
