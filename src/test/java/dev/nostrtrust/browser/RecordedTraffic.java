package dev.nostrtrust.browser;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Request;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** All that a browser has asked for and written, to be searched for what should not be there. */
final class RecordedTraffic {
    private static final String SECRETS = """
            () => {
              try {
                return Object.entries({...localStorage, ...sessionStorage}).map(([name, value]) =>
                  name.startsWith('nostr-trust-login') ? JSON.parse(value).token : value).filter(it => typeof it === 'string')
              } catch {
                return [] // A browser that lets nobody store anything.
              }
            }
            """;

    private final Queue<Request> requests = new ConcurrentLinkedQueue<>();
    private final Queue<String> lines = new ConcurrentLinkedQueue<>();
    private final Set<String> secrets = ConcurrentHashMap.newKeySet();

    void add(Request request) {
        requests.add(request);
        String authorization = request.headers().get("authorization");
        if (authorization != null) {
            secrets.add(authorization.substring(authorization.indexOf(' ') + 1));
        }
    }

    /** Something that the browser has written. */
    void addLine(String line) {
        lines.add(line);
    }

    /** Learns what a page keeps to itself: tokens and throwaway keys. */
    void learnSecrets(Page page) {
        for (Object secret : (List<?>) page.evaluate(SECRETS)) {
            secrets.add((String) secret);
        }
    }

    Set<String> secrets() {
        return Set.copyOf(secrets);
    }

    /** How many requests went to a path. */
    long countOf(String path) {
        return requests.stream()
                .filter(request -> URI.create(request.url()).getPath().equals(path))
                .count();
    }

    /**
     * Whatever went to other origins than these, and every secret in an address, in a body, or in a line that was
     * written.
     */
    List<String> leaks(List<String> origins) {
        List<String> leaks = new ArrayList<>();
        for (Request request : requests) {
            String url = request.url();
            if (origins.stream().noneMatch(origin -> url.startsWith(origin + "/")) && !url.startsWith("data:")) {
                leaks.add("another host: " + url);
            }
            String sent = url + "\n" + request.headers().getOrDefault("referer", "") + "\n" + request.postData();
            secrets.stream().filter(sent::contains).forEach(secret -> leaks.add("a secret in " + url));
        }
        for (String line : lines) {
            secrets.stream().filter(line::contains).forEach(secret -> leaks.add("a secret in a line: " + line));
        }
        return leaks;
    }
}
