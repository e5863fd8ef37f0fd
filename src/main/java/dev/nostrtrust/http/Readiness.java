package dev.nostrtrust.http;

import dev.nostrtrust.db.DatabaseState;
import dev.nostrtrust.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The reasons why a server is not ready for requests; docs/operations.md lists them. Problems that every server of the
 * cluster has, such as late scores, are not among them.
 */
enum Readiness {
    STARTING("The server is starting."),
    STOPPING("The server is stopping."),
    DATABASE_AWAY("The database does not answer."),
    DATABASE_READ_ONLY("The database is read-only.");

    private final String detail;

    Readiness(String detail) {
        this.detail = detail;
    }

    /** All current reasons; empty if the server is ready. */
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

    /** The stable code. */
    String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The reason as JSON: code and detail.
     *
     * @param awayReason the reason why the database is unavailable; null if it is not known
     */
    Json.Obj toJson(@Nullable String awayReason) {
        String cause = this == DATABASE_AWAY && awayReason != null ? " Reason: " + awayReason : "";
        return Json.object().put("code", code()).put("detail", detail + cause).build();
    }
}
