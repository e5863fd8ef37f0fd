package dev.nostrtrust.auth;

import dev.nostrtrust.http.BodyFields;
import dev.nostrtrust.nostr.PublicKey;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The caller of a request. A user says nothing about revocation or blocking: the statement that acts for the user
 * checks that the login is not revoked and the identity is not blocked.
 *
 * @param subject the subject of the token; the public key of a user, empty for an anonymous caller
 * @param id the login of a user's token; the credential of a worker, service or operator; null without a token
 * @param expiresAt the expiry of the token; null without a token
 */
public record Caller(
        Scope scope,
        String subject,
        @Nullable UUID id,
        @Nullable Instant expiresAt) {
    public static final Caller ANONYMOUS = new Caller(Scope.ANONYMOUS, "", null, null);

    public boolean isAnonymous() {
        return scope == Scope.ANONYMOUS;
    }

    /** The login of a user's token; null for all other callers. */
    public @Nullable UUID login() {
        return scope == Scope.USER ? id : null;
    }

    /** The credential of a worker, service or operator; null for all other callers. */
    public @Nullable UUID credential() {
        return scope == Scope.USER ? null : id;
    }

    /** The public key of a user; null for all other callers. */
    public @Nullable PublicKey pubkey() {
        return scope == Scope.USER ? new PublicKey(subject) : null;
    }

    /** The public key of a user in hex; null for all other callers. */
    public @Nullable String pubkeyHex() {
        return scope == Scope.USER ? subject : null;
    }

    /** This caller as the actor of a change, with the optional field {@code reason} of its request. */
    public Actor actor(BodyFields body) {
        return new Actor(actor(), body.optionalString("reason", Actor.MAX_REASON));
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
