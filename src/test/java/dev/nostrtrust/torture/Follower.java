package dev.nostrtrust.torture;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.torture.Client.Call;
import dev.nostrtrust.torture.Client.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** A consumer of the feed that keeps its cursor, whatever happens to the servers. */
final class Follower {
    private static final int PAGE = 200;

    private final Client client;
    private final String token;
    private final List<Seen> seen = new ArrayList<>();
    private long cursor;

    Follower(Client client, Cluster cluster) {
        this.client = client;
        this.token = cluster.token(Scope.SERVICE);
    }

    /** What identifies an entry and all that came before it. */
    record Seen(long seq, String hash) {}

    /** Reads until it is stopped, and then to the end of the feed. */
    void follow(BooleanSupplier over) {
        boolean last = false;
        boolean more = true;
        while (more || !last) {
            last = over.getAsBoolean();
            more = page();
            if (!more) {
                Waiting.aMoment();
            }
        }
    }

    /** What it was told, in the order in which it was told. */
    synchronized List<Seen> seen() {
        return List.copyOf(seen);
    }

    private synchronized boolean page() {
        Optional<Reply> page = client.send(Call.get("/api/trust/events?after=" + cursor + "&limit=" + PAGE, token))
                .join();
        if (page.isEmpty()) {
            return true;
        }
        int before = seen.size();
        for (JsonNode entry : page.get().json().path("events")) {
            cursor = entry.get("seq").asLong();
            seen.add(new Seen(cursor, entry.get("hash").asText()));
        }
        return seen.size() > before;
    }
}
