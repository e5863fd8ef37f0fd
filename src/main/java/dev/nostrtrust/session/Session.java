package dev.nostrtrust.session;

import dev.nostrtrust.json.Json;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.model.Tier;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A session, bound at creation to the identity that made it.
 *
 * @param pubkey null for an anonymous one
 * @param expiresAt when it expires if nobody closes it
 * @param endedAt when it was closed or expired
 * @param requestCount how many jobs were asked for within it
 */
record Session(
        UUID id,
        @Nullable PublicKey pubkey,
        State state,
        Instant createdAt,
        Instant expiresAt,
        @Nullable Instant endedAt,
        long requestCount) {

    /** {@code open → closed | expired}. */
    enum State {
        OPEN,
        CLOSED,
        EXPIRED;

        String code() {
            return name().toLowerCase(Locale.ROOT);
        }

        static State of(String code) {
            return valueOf(code.toUpperCase(Locale.ROOT));
        }
    }

    /**
     * This session as of a time: one that nobody closed is expired from its time on, whether a sweep has come by or
     * not.
     */
    Session at(Instant now) {
        return state == State.OPEN && !now.isBefore(expiresAt)
                ? new Session(id, pubkey, State.EXPIRED, createdAt, expiresAt, expiresAt, requestCount)
                : this;
    }

    Json.Obj toJson(Tier tier) {
        return Json.object()
                .put("id", id.toString())
                .put("state", state.code())
                .put("nostr_pubkey", pubkey == null ? null : pubkey.hex())
                .put("trust_tier", tier.code())
                .put("request_count", requestCount)
                .put("created_at", createdAt)
                .put("expires_at", expiresAt)
                .put("ended_at", endedAt)
                .build();
    }
}
