package dev.nostrtrust.login;

import dev.nostrtrust.auth.Authenticator.SignedRequest;
import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.IdentityStore;
import dev.nostrtrust.auth.SignatureWorkers;
import dev.nostrtrust.auth.TokenParser;
import dev.nostrtrust.auth.Tokens;
import dev.nostrtrust.config.KeyRing;
import dev.nostrtrust.config.Origins;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.StatementBatcher;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.error.ErrorCode.Nature;
import dev.nostrtrust.http.Request;
import dev.nostrtrust.login.Challenge.Purpose;
import dev.nostrtrust.login.RedemptionStore.Outcome;
import dev.nostrtrust.login.RedemptionStore.Redemption;
import dev.nostrtrust.nostr.Event;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.nostr.VerifiedEvent;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustReport;
import io.vertx.core.Future;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The use cases of login: challenge, proof, token, refresh, erasure. Belongs to one event loop. */
public final class LoginService {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Settings settings;
    private final Origins origins;
    private final ChallengeCodec nonces;
    private final LoginEvent events;
    private final SignatureWorkers workers;
    private final FailedProofCache failed;
    private final RedemptionStore store;
    private final StatementBatcher<Redemption, Outcome> redemptions;
    private final RefusalThrottle refusals;
    private final SignedRequestVerifier requests;
    private final IdentityStore identities;
    private final Tokens tokens;
    private final TrustModel model;
    private final InstantSource clock;

    /** A challenge and the verified event that answers it. */
    record Proof(Challenge challenge, VerifiedEvent event) {}

    /** A new token with the trust report of its identity. */
    record Granted(String token, Instant expiresAt, TrustReport report, PublicKey pubkey) {}

    public LoginService(
            Settings settings,
            Origins origins,
            KeyRing challengeKeys,
            SignatureWorkers workers,
            Database database,
            Tokens tokens,
            TrustModel model,
            InstantSource clock) {
        this.settings = settings;
        this.origins = origins;
        this.nonces = new ChallengeCodec(challengeKeys);
        this.events = new LoginEvent(new LoginPolicy(origins, settings.challengeTtl(), settings.loginKinds()), nonces);
        this.workers = workers;
        this.failed = new FailedProofCache(settings.loginAttempts(), settings.challengeTtl());
        this.identities = new IdentityStore(database, clock);
        this.tokens = tokens;
        this.model = model;
        this.clock = clock;
        this.store = new RedemptionStore(database, model);
        this.redemptions =
                new StatementBatcher<>(settings.redemptionBatch(), together -> store.redeem(together, clock.instant()));
        this.refusals = new RefusalThrottle(settings.loginRefusals());
        this.requests = new SignedRequestVerifier(settings, origins, this, clock);
    }

    /** The throttle of refused proofs. */
    RefusalThrottle refusals() {
        return refusals;
    }

    /** Issues a challenge. Nothing is stored. */
    IssuedChallenge challenge(Purpose purpose, @Nullable String browserOrigin) {
        String origin = origins.orFirst(browserOrigin);
        Instant now = clock.instant();
        byte[] random = new byte[ChallengeCodec.RANDOM_LENGTH];
        RANDOM.nextBytes(random);
        String nonce = nonces.issue(purpose, origin, now, settings.challengeTtl(), random);
        return new IssuedChallenge(nonce, origin, purpose, now, now.plus(settings.challengeTtl()));
    }

    /** Verifies a proof without the database: cheap checks first, then the signature. */
    Future<Proof> prove(Event event, Purpose purpose, Supplier<@Nullable PublicKey> announced) {
        Challenge challenge = events.check(event, purpose, announced, clock.instant());
        failed.check(challenge.id());
        return workers.verify(event)
                .map(verified -> new Proof(challenge, verified))
                .onFailure(failure -> {
                    if (failure instanceof ApiError error && error.code().nature() != Nature.UNAVAILABLE) {
                        failed.count(challenge.id());
                    }
                });
    }

    /** Verifies the signature of an event. */
    Future<VerifiedEvent> verify(Event event) {
        return workers.verify(event);
    }

    /**
     * Redeems a proof: creates the login with its id, which can exist only once.
     *
     * @param used the error code if the login exists
     * @return fails with {@code identity_blocked}, or with the code {@code used}
     */
    Future<Standing> redeem(Redemption redemption, ErrorCode used, String detail) {
        return redemptions.submit(redemption).map(outcome -> {
            if (outcome.blocked()) {
                throw IdentityStore.blocked();
            }
            if (outcome.standing() == null) {
                throw ApiError.of(used, detail);
            }
            return outcome.standing();
        });
    }

    /** Redeems a proof and issues a token. */
    Future<Granted> logIn(Proof proof) {
        UUID login = proof.challenge().id();
        Instant expiresAt = clock.instant().plus(settings.loginTtl());
        return redeem(
                        new Redemption(login, proof.event().pubkey(), expiresAt, true),
                        ErrorCode.CHALLENGE_USED,
                        "The challenge was redeemed before. Request a new one.")
                .compose(standing -> grant(standing, login, 0, expiresAt));
    }

    /**
     * Requests the erasure of the caller's identity after the grace period, and ends all its logins now.
     *
     * @return the time of the erasure; fails as {@link IdentityStore#erase} does
     */
    Future<Instant> erase(Caller caller, Proof proof) {
        Instant after = clock.instant().plus(settings.erasureGrace());
        return identities.erase(caller, proof.challenge().id(), after).map(after);
    }

    /**
     * Issues a new token of the same login for a token that may have expired.
     *
     * @return fails as {@link IdentityStore#renew} does
     */
    Future<Granted> refresh(TokenParser token) {
        UUID login = token.caller().login();
        if (login == null) {
            throw new IllegalStateException("a user's token has a login");
        }
        return identities
                .renew(token)
                .compose(renewed -> grant(renewed.standing(), login, renewed.generation(), renewed.loginExpiresAt()));
    }

    /**
     * Verifies an event that signs a request (NIP-98).
     *
     * @param base64 the event as it was sent
     * @return fails with the first refusal of docs/login.md that applies
     */
    public Future<SignedRequest> verifyRequest(Request request, String base64) {
        return requests.prove(request, base64);
    }

    /**
     * Checks before the server listens that honest proofs and tokens are accepted and forged ones are not, and loads
     * what the first login would have to wait for. Blocks for some milliseconds.
     *
     * @throws IllegalStateException if a check fails
     */
    public void selfCheck() {
        new SelfCheck(this, tokens).run(clock.instant());
    }

    /**
     * Deletes logins and counts of refusals that are too old to matter, up to one batch of each. Fails as the database
     * does.
     *
     * @return whether more may be due
     */
    public Future<Boolean> sweep() {
        return store.sweep(settings.sweepBatch(), settings.challengeTtl(), clock.instant());
    }

    private Future<Granted> grant(Standing standing, UUID login, long generation, Instant loginExpiresAt) {
        Instant now = clock.instant();
        Instant full = now.plus(settings.tokenTtl());
        Instant expiresAt = full.isBefore(loginExpiresAt) ? full : loginExpiresAt;
        PublicKey pubkey = standing.pubkey();
        return tokens.issue(pubkey, login, generation, expiresAt)
                .map(token -> new Granted(token, expiresAt, TrustReport.of(model, standing, now), pubkey));
    }
}
