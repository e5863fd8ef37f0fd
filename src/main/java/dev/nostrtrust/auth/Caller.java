package dev.nostrtrust.auth;

import dev.nostrtrust.nostr.PublicKey;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who asks. That a user's login is not revoked and the identity not blocked is not known yet: the statement that acts
 * for the caller checks it.
 *
 * @param subject the name in the token; the public key of a user, empty for nobody
 * @param login the login that a user's token belongs to; null for all others
 * @param expiresAt when the token ends; null for nobody
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

    /** The key of a user; null for all others. */
    public @Nullable PublicKey pubkey() {
        return scope == Scope.USER ? new PublicKey(subject) : null;
    }

    /** The key of a user as it is stored; null for all others. */
    public @Nullable String pubkeyHex() {
        return scope == Scope.USER ? subject : null;
    }

    /** How the audit log names this caller. */
    public String actor() {
        return switch (scope) {
            case ANONYMOUS -> "anonymous";
            case USER -> subject;
            case WORKER, SERVICE, OPERATOR -> scope.code() + ":" + subject;
        };
    }
}
