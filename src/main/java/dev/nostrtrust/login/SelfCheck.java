package dev.nostrtrust.login;

import dev.nostrtrust.auth.Tokens;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.json.Json;
import dev.nostrtrust.login.Challenge.Purpose;
import dev.nostrtrust.nostr.Event;
import dev.nostrtrust.nostr.EventLimits;
import dev.nostrtrust.nostr.SecretKey;
import io.vertx.core.Future;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Checks before the server listens that a valid proof is accepted, that an altered one is refused, that its own token
 * is accepted and that a forged one is refused. It also loads the classes of the first login off the event loops.
 */
final class SelfCheck {
    private final LoginService logins;
    private final Tokens tokens;

    SelfCheck(LoginService logins, Tokens tokens) {
        this.logins = logins;
        this.tokens = tokens;
    }

    /**
     * Runs all checks. Blocks for some milliseconds.
     *
     * @throws IllegalStateException if a check fails
     */
    void run(Instant now) {
        SecureRandom random = new SecureRandom();
        SecretKey key = SecretKey.random(random);
        Event event = read(sign(key, random));
        Event altered =
                new Event(event.id(), event.pubkey(), event.createdAt(), event.kind(), event.tags(), "", event.sig());
        await(logins.prove(event, Purpose.LOGIN, key::publicKey));
        await(refused(logins.prove(altered, Purpose.LOGIN, () -> null), ErrorCode.ID_MISMATCH));
        await(tokens.check(await(tokens.issue(key.publicKey(), new UUID(0, 0), 0, now.plusSeconds(60)))));
        await(tokens.checkForgeryRefused());
    }

    // Awaits each step, so that its classes are loaded on this thread.
    private static <T> T await(Future<T> step) {
        try {
            return step.await(30, TimeUnit.SECONDS);
        } catch (ApiError | TimeoutException e) {
            throw new IllegalStateException("The self-check of the server failed: " + e.getMessage(), e);
        }
    }

    private Event sign(SecretKey key, SecureRandom random) {
        IssuedChallenge issued = logins.challenge(Purpose.LOGIN, null);
        return key.sign(
                issued.issuedAt().getEpochSecond(), LoginPolicy.HTTP_AUTH, issued.tags(), issued.statement(), random);
    }

    private static Event read(Event event) {
        return Event.parse(Json.parse(event.toJson().encode()), EventLimits.LOGIN);
    }

    private static Future<Void> refused(Future<?> attempt, ErrorCode expected) {
        return attempt.transform(outcome -> outcome.cause() instanceof ApiError error && error.code() == expected
                ? Future.succeededFuture()
                : Future.failedFuture(new IllegalStateException("An altered event was accepted.")));
    }
}
