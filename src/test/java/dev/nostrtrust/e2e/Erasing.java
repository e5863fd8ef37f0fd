package dev.nostrtrust.e2e;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;

/** Has identities erased, as their users do. */
final class Erasing {
    private Erasing() {}

    /** A fresh template, free to be altered. */
    static ObjectNode challenge(Api api) {
        return (ObjectNode) api.post("/api/identity/challenge", "{\"purpose\":\"erase\"}")
                .json()
                .get("event_template");
    }

    /** Sends a proof with the token of this client. */
    static Answer send(Api mine, String proof) {
        return mine.send("DELETE", "/api/identity/me", "application/json", proof.getBytes(StandardCharsets.UTF_8));
    }
}
