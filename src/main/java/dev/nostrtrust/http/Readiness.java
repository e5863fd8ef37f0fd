package dev.nostrtrust.http;

import dev.nostrtrust.db.DatabaseState;
import dev.nostrtrust.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Why no new requests should come to this server. A closed list: docs/operations.md. What is wrong with the whole
 * system and no better at another server, such as scores that come late, is not in it.
 */
enum Readiness {
    STARTING("The server is starting."),
    STOPPING("The server is about to stop and still serves for a moment."),
    DATABASE_AWAY("The database does not answer."),
    DATABASE_READ_ONLY("The database takes no writes.");

    private final String detail;

    Readiness(String detail) {
        this.detail = detail;
    }

    /** All reasons at once; none where the server is ready. */
    static List<Readiness> reasons(ServerPhase phase, DatabaseState database) {
        List<Readiness> reasons = new ArrayList<>();
        switch (phase) {
            case STARTING -> reasons.add(STARTING);
            case SERVING -> {}
            case LEAVING -> reasons.add(STOPPING);
        }
        switch (database) {
            case PRESENT -> {}
            case READ_ONLY -> reasons.add(DATABASE_READ_ONLY);
            case AWAY -> reasons.add(DATABASE_AWAY);
        }
        return reasons;
    }

    /** Stable, for machines. */
    String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * For people, too.
     *
     * @param awayReason why the database is away, if it is
     */
    Json.Obj toJson(@Nullable String awayReason) {
        String cause = this == DATABASE_AWAY && awayReason != null ? " Reason: " + awayReason : "";
        return Json.object().put("code", code()).put("detail", detail + cause).build();
    }
}
