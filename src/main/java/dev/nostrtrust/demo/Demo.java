package dev.nostrtrust.demo;

import dev.nostrtrust.json.Json;
import dev.nostrtrust.nostr.Event;
import dev.nostrtrust.nostr.SecretKey;
import java.io.PrintWriter;
import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Runs one user with a new key: from newcomer to trusted by paying, and back by a default. Compares every number with
 * docs/trust-model.md. Blocks.
 */
final class Demo {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final double ROUNDING = 0.06;
    private static final int MAX_POLLS = 100;
    private static final int POLL_MILLIS = 100;

    private final DemoClient client;
    private final String workerToken;
    private final PrintWriter out;
    private String token = "";

    Demo(DemoClient client, String workerToken, PrintWriter out) {
        this.client = client;
        this.workerToken = workerToken;
        this.out = out;
    }

    void run() {
        logIn(SecretKey.random(RANDOM));
        expect("a newcomer", "new", 10.0, 0);

        finish(order("/api/jobs"), complete(1000));
        finish(order("/api/jobs"), complete(2000));
        expect("3,000 sats paid in two jobs", "established", 30.8, 2);

        long missing = missing();
        String session = text(client.post("/api/sessions", token, Json.object().build(), 201), "id");
        finish(order("/api/sessions/" + session + "/requests"), complete(missing));
        client.post("/api/sessions/" + session + "/close", token, Json.object().build(), 200);
        expect(missing + " sats more, within a session", "trusted", 60.1, 3);

        finish(order("/api/jobs"), unpaid(800));
        expect("a default on 800 sats, which counts as 1,000", "established", 51.4, 4);
        out.println("Everything was as documented.");
    }

    private void logIn(SecretKey key) {
        Json.Obj challenge =
                client.post("/api/identity/challenge", null, Json.object().build(), 200);
        Json.Obj template = (Json.Obj) require(challenge, "event_template");
        Event event = key.sign(
                number(template, "created_at"),
                (int) number(template, "kind"),
                tags(template),
                text(template, "content"),
                RANDOM);
        Json.Obj granted = client.post(
                "/api/identity/verify",
                null,
                Json.object().put("event", event.toJson()).build(),
                200);
        token = text(granted, "nostr_token");
        out.println("Logged in as " + text(granted, "npub"));
    }

    private String order(String path) {
        Json.Obj request = Json.object()
                .put("request", Json.object().put("prompt", "say hello").build())
                .build();
        return text(client.post(path, token, request, 201), "id");
    }

    private static Json.Obj.Builder complete(long sats) {
        return Json.object().put("sats_cost", sats).put("result", Json.of("hello"));
    }

    private static Json.Obj.Builder unpaid(long sats) {
        return Json.object().put("reason", "unpaid").put("sats", sats);
    }

    /** Acts as the worker: claims the job and reports on it with the fencing token of the claim. */
    private void finish(String job, Json.Obj.Builder report) {
        Json.Obj claimed = client.post(
                "/api/jobs/" + job + "/claim", workerToken, Json.object().build(), 200);
        Json.Obj body = report.put("fence", number(claimed, "fence")).build();
        String verb = body.get("reason") == null ? "complete" : "fail";
        client.post("/api/jobs/" + job + "/" + verb, workerToken, body, 200);
    }

    /** Waits for the scores and compares them. */
    private void expect(String after, String tier, double score, long interactions) {
        Json.Obj trust = trust();
        for (int poll = 0; poll < MAX_POLLS && number(trust, "interaction_count") < interactions; poll++) {
            pause();
            trust = trust();
        }
        double actual = Double.parseDouble(((Json.Num) require(trust, "trust_score")).literal());
        String line = String.format(Locale.ROOT, "%-46s %5.1f  %s", after, actual, text(trust, "trust_tier"));
        out.println(line);
        boolean asDocumented = text(trust, "trust_tier").equals(tier)
                && Math.abs(actual - score) < ROUNDING
                && number(trust, "interaction_count") == interactions;
        if (!asDocumented) {
            throw new IllegalStateException("Expected tier " + tier + " and score " + score + " after " + interactions
                    + " interactions, but the server answers " + trust.encode());
        }
    }

    private Json.Obj trust() {
        return client.get("/api/trust/me", token);
    }

    private long missing() {
        return number((Json.Obj) require(trust(), "next_tier"), "sats");
    }

    private static void pause() {
        try {
            Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static List<List<String>> tags(Json.Obj template) {
        return ((Json.Arr) require(template, "tags"))
                .items().stream()
                        .map(tag -> ((Json.Arr) tag)
                                .items().stream()
                                        .map(item -> ((Json.Str) item).value())
                                        .toList())
                        .toList();
    }

    private static String text(Json.Obj object, String name) {
        return ((Json.Str) require(object, name)).value();
    }

    private static long number(Json.Obj object, String name) {
        return Objects.requireNonNull(((Json.Num) require(object, name)).integer(0, Long.MAX_VALUE));
    }

    private static Json require(Json.Obj object, String name) {
        @Nullable Json value = object.get(name);
        if (value == null) {
            throw new IllegalStateException("The answer has no " + name + ": " + object.encode());
        }
        return value;
    }
}
