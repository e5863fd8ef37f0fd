package dev.nostrtrust.http;

import io.vertx.core.Future;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * Serves the page at {@code /}, the rendered contract at {@code /docs}, and the browser client. The pages run no inline
 * scripts and load nothing from other hosts.
 */
public final class PageRoutes implements RouteModule {
    private static final String WEB = "/web/";
    private static final String CONTRACT_BROWSER = "META-INF/resources/webjars/swagger-ui/";
    private static final String POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; "
            + "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'self'";

    private static final List<String> CLIENT = List.of(
            "nostr-trust.js",
            "nostr-account.js",
            "nostr-calls.js",
            "nostr-keys.js",
            "nostr-poll.js",
            "nostr-storage.js",
            "nostr-token.js",
            "nostr-signed.js",
            "nostr-signers.js",
            "nostr-throwaway.js");
    private static final List<String> PAGE =
            List.of("page.css", "page.js", "view.js", "curve.js", "model.js", "icon.svg", "docs.js", "docs.css");

    // Read once; all event loops share the bytes.
    private static final Map<String, WebFile> FILES = files();

    @Override
    public void mount(Routes routes) {
        FILES.forEach((path, file) -> routes.file(path, request -> Future.succeededFuture(file.answer(request))));
    }

    private static Map<String, WebFile> files() {
        Map<String, WebFile> files = new TreeMap<>();
        files.put("/", WebFile.read(WEB + "index.html", page(POLICY)));
        // Swagger UI sets style attributes.
        files.put("/docs", WebFile.read(WEB + "docs.html", page(POLICY + " 'unsafe-inline'")));
        CLIENT.forEach(name -> files.put("/" + name, WebFile.read(WEB + name, Map.of())));
        PAGE.forEach(name -> files.put("/page/" + name, WebFile.read(WEB + "page/" + name, Map.of())));
        String browser = "/" + CONTRACT_BROWSER + contractBrowserVersion() + "/";
        List.of("swagger-ui.css", "swagger-ui-bundle.js")
                .forEach(name -> files.put("/page/" + name, WebFile.read(browser + name, Map.of())));
        return files;
    }

    private static Map<String, String> page(String policy) {
        return Map.of(
                "Content-Security-Policy", policy,
                "Cross-Origin-Opener-Policy", "same-origin",
                "Referrer-Policy", "no-referrer");
    }

    private static String contractBrowserVersion() {
        Properties properties = new Properties();
        try (InputStream in =
                PageRoutes.class.getResourceAsStream("/META-INF/maven/org.webjars/swagger-ui/pom.properties")) {
            if (in == null) {
                throw new IllegalStateException("Swagger UI is not on the class path");
            }
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version");
    }
}
