package dev.nostrtrust.session;

import dev.nostrtrust.json.Json;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.model.EffectiveTier;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A session, bound at creation to the identity of its creator.
 *
 * @param pubkey the identity; null for an anonymous session
 * @param expiresAt the time at which an open session expires
 * @param endedAt the time at which the session was closed or expired
 * @param requestCount the number of jobs created in the session
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

    /** This session at a time. An open session is expired from {@code expiresAt} on, even before a sweep marks it. */
    Session at(Instant now) {
        return state == State.OPEN && !now.isBefore(expiresAt)
                ? new Session(id, pubkey, State.EXPIRED, createdAt, expiresAt, expiresAt, requestCount)
                : this;
    }

    Json.Obj toJson(EffectiveTier tier) {
        Json.Obj.Builder fields = Json.object()
                .put("id", id.toString())
                .put("state", state.code())
                .put("nostr_pubkey", pubkey == null ? null : pubkey.hex());
        return tier.addTo(fields)
                .put("request_count", requestCount)
                .put("created_at", createdAt)
                .put("expires_at", expiresAt)
                .put("ended_at", endedAt)
                .build();
    }
}
