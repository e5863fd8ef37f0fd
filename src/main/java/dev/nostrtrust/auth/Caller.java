package dev.nostrtrust.auth;

import dev.nostrtrust.nostr.PublicKey;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The caller of a request. A caller says nothing about revocation or blocking: the statement that acts for the caller
 * checks that the login is not revoked and the identity is not blocked.
 *
 * @param subject the subject of the token; the public key of a user, empty for an anonymous caller
 * @param login the login of a user's token; null for all other callers
 * @param expiresAt the expiry of the token; null without a token
 */
public record Caller(
        Scope scope,
        String subject,
        @Nullable UUID login,
        @Nullable Instant expiresAt) {
    public static final Caller ANONYMOUS = new Caller(Scope.ANONYMOUS, "", null, null);

    public boolean isAnonymous() {
        return scope == Scope.ANONYMOUS;
    }

    /** The public key of a user; null for all other callers. */
    public @Nullable PublicKey pubkey() {
        return scope == Scope.USER ? new PublicKey(subject) : null;
    }

    /** The public key of a user in hex; null for all other callers. */
    public @Nullable String pubkeyHex() {
        return scope == Scope.USER ? subject : null;
    }

    /** The name of this caller in the audit log. */
    public String actor() {
        return switch (scope) {
            case ANONYMOUS -> "anonymous";
            case USER -> subject;
            case WORKER, SERVICE, OPERATOR -> scope.code() + ":" + subject;
        };
    }
}
