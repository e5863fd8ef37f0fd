package dev.nostrtrust.auth;

import dev.nostrtrust.json.Json;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The credential of a worker, service or operator: the row behind a token.
 *
 * @param id the id of the token ({@code jti})
 * @param name the name of its holder in the audit log; several credentials may have one name
 * @param expiresAt in whole seconds, as in the token
 * @param lastUsedAt to the minute; null if it was never used
 */
public record Credential(
        UUID id,
        String name,
        Scope scope,
        Instant createdAt,
        String createdBy,
        Instant expiresAt,
        @Nullable Instant lastUsedAt,
        @Nullable Instant revokedAt,
        @Nullable String revokedBy) {
    public Json.Obj.Builder toJson() {
        return Json.object()
                .put("id", id.toString())
                .put("name", name)
                .put("scope", scope.code())
                .put("created_at", createdAt)
                .put("created_by", createdBy)
                .put("expires_at", expiresAt)
                .put("last_used_at", lastUsedAt)
                .put("revoked_at", revokedAt)
                .put("revoked_by", revokedBy);
    }
}
