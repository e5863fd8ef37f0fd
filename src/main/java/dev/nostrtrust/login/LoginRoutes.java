package dev.nostrtrust.login;

import dev.nostrtrust.auth.Authenticator;
import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.IdentityStore;
import dev.nostrtrust.auth.RateLimits;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.auth.Tokens;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.http.BodyFields;
import dev.nostrtrust.http.QueryFields;
import dev.nostrtrust.http.Reply;
import dev.nostrtrust.http.Request;
import dev.nostrtrust.http.RouteModule;
import dev.nostrtrust.http.Routes;
import dev.nostrtrust.json.Json;
import dev.nostrtrust.login.Challenge.Purpose;
import dev.nostrtrust.login.LoginService.Granted;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustReport;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;

/** The HTTP routes of login: challenge, verify, refresh, logout, erasure, token introspection. */
public final class LoginRoutes implements RouteModule {
    private final Authenticator authenticator;
    private final RateLimits rates;
    private final LoginService logins;
    private final IdentityStore identities;
    private final Tokens tokens;
    private final TrustModel model;
    private final InstantSource clock;

    public LoginRoutes(
            Authenticator authenticator,
            RateLimits rates,
            LoginService logins,
            IdentityStore identities,
            Tokens tokens,
            TrustModel model,
            InstantSource clock) {
        this.authenticator = authenticator;
        this.rates = rates;
        this.logins = logins;
        this.identities = identities;
        this.tokens = tokens;
        this.model = model;
        this.clock = clock;
    }

    @Override
    public void mount(Routes routes) {
        routes.post(
                "/api/identity/challenge", request -> rates.challenge(request).map(in -> challenge(request)));
        routes.postUnproven(
                "/api/identity/verify", request -> rates.proof(request).compose(in -> verify(request)));
        routes.refuseOversized("/api/identity/verify", ProofReader::tooLarge);
        routes.get("/api/identity/me", this::me);
        routes.delete("/api/identity/me", this::erase);
        routes.post("/api/identity/refresh", this::refresh);
        routes.post("/api/identity/logout", this::logout);
        routes.post("/api/identity/introspect", this::introspect);
        routes.get("/.well-known/jwks.json", this::jwks);
    }

    private Reply challenge(Request request) {
        request.query().check();
        BodyFields fields = request.fields();
        String pubkey = fields.optionalString("pubkey", ProofReader.MAX_KEY_TEXT);
        Purpose purpose = purpose(fields);
        fields.check();
        if (pubkey != null) {
            PublicKey.parse(pubkey);
        }
        IssuedChallenge issued = logins.challenge(purpose, request.header("Origin"));
        return Reply.ok(Json.object()
                .put("nonce", issued.nonce())
                .put("expires_at", issued.expiresAt().truncatedTo(ChronoUnit.SECONDS))
                .put("event_template", issued.template())
                .build());
    }

    private static Purpose purpose(BodyFields fields) {
        String code = fields.optionalString("purpose", 20);
        if (code == null) {
            return Purpose.LOGIN;
        }
        Optional<Purpose> purpose = Arrays.stream(Purpose.values())
                .filter(known -> known.code().equals(code))
                .findFirst();
        if (purpose.isEmpty()) {
            fields.reject("purpose", "login or erase is expected.");
        }
        return purpose.orElse(Purpose.LOGIN);
    }

    private Future<Reply> verify(Request request) {
        request.query().check();
        return Future.succeededFuture(ProofReader.of(request))
                .compose(proof -> logins.prove(proof.event(), Purpose.LOGIN, proof::announced))
                .compose(proof -> request.acquirePermit().compose(in -> logins.logIn(proof)))
                .map(granted -> Reply.ok(granted(granted)))
                .recover(failure -> logins.refusals().fail(request, failure));
    }

    /** Requires a proof of the key besides the token, because a stolen token must not erase an identity. */
    private Future<Reply> erase(Request request) {
        return authenticator.require(request, Scope.USER).compose(caller -> {
            request.query().check();
            ProofReader sent = ProofReader.of(request);
            request.releasePermit();
            return rates.proof(request)
                    .compose(in -> logins.prove(sent.event(), Purpose.ERASE, () -> sent.announcedTo(caller)))
                    .compose(proof -> request.acquirePermit().compose(in -> logins.erase(caller, proof)))
                    .map(after -> Reply.accepted(
                            Json.object().put("erase_after", after).build()))
                    .recover(failure -> logins.refusals().fail(request, failure));
        });
    }

    /** Accepts an expired token; no other operation does. */
    private Future<Reply> refresh(Request request) {
        return authenticator
                .token(request)
                .compose(tokens::checkIssued)
                .compose(token -> Authenticator.requireScope(token.caller(), EnumSet.of(Scope.USER))
                        .map(token))
                .compose(token -> {
                    request.query().check();
                    request.fields().check();
                    return logins.refresh(token);
                })
                .map(granted -> Reply.ok(granted(granted)));
    }

    private static Json.Obj granted(Granted granted) {
        return Json.object()
                .put("nostr_token", granted.token())
                .put("token_type", "Bearer")
                .put("expires_at", granted.expiresAt().truncatedTo(ChronoUnit.SECONDS))
                .put("pubkey", granted.pubkey().hex())
                .put("npub", granted.pubkey().npub())
                .put("trust_tier", granted.report().effective().tier().code())
                .put("trust_score", granted.report().score())
                .build();
    }

    private Future<Reply> me(Request request) {
        return authenticator.require(request, Scope.USER).compose(caller -> {
            request.query().check();
            return identities.find(caller).map(known -> Reply.ok(me(caller, known)));
        });
    }

    private Json.Obj me(Caller caller, IdentityStore.Known known) {
        TrustReport report = TrustReport.of(model, known.standing(), clock.instant());
        PublicKey pubkey = known.standing().pubkey();
        Json.Obj.Builder fields = Json.object().put("pubkey", pubkey.hex()).put("npub", pubkey.npub());
        return report.effective()
                .addTo(fields)
                .put("trust_score", report.score())
                .put("token_expires_at", caller.expiresAt())
                .put("login_expires_at", known.loginExpiresAt())
                .build();
    }

    private Future<Reply> logout(Request request) {
        return authenticator
                .require(request, Scope.USER)
                .compose(caller -> {
                    QueryFields query = request.query();
                    boolean all = query.flag("all");
                    query.check();
                    request.fields().check();
                    return identities.logOut(caller, all);
                })
                .map(Reply.noContent());
    }

    /** Token introspection for services without a key (RFC 7662). Every refused token is reported as not active. */
    private Future<Reply> introspect(Request request) {
        return authenticator.require(request, Scope.SERVICE, Scope.OPERATOR).compose(service -> {
            request.query().check();
            BodyFields fields = request.fields();
            String token = fields.string("token", Authenticator.MAX_TOKEN);
            fields.check();
            return authenticator
                    .check(token)
                    .compose(this::active)
                    .map(Reply::ok)
                    .recover(LoginRoutes::inactive);
        });
    }

    /** The answer for a valid token. That of a user also has the tier. */
    private Future<Json> active(Caller caller) {
        Json.Obj.Builder active = fieldsOf(caller);
        return caller.scope() != Scope.USER
                ? Future.succeededFuture(active.build())
                : identities.find(caller).map(known -> known.standing()
                        .effectiveAt(model, clock.instant())
                        .addTo(active)
                        .build());
    }

    private static Json.Obj.Builder fieldsOf(Caller caller) {
        return Json.object()
                .put("active", true)
                .put("sub", caller.subject())
                .put("token_use", caller.scope().code())
                .put("sid", caller.login() == null ? null : caller.login().toString())
                .put("exp", caller.expiresAt() == null ? 0 : caller.expiresAt().getEpochSecond());
    }

    private static Future<Reply> inactive(Throwable failure) {
        boolean refused = failure instanceof ApiError error
                && switch (error.code()) {
                    case INVALID_TOKEN, TOKEN_NOT_YET_VALID, TOKEN_EXPIRED, TOKEN_REVOKED, IDENTITY_BLOCKED -> true;
                    default -> false;
                };
        return refused
                ? Future.succeededFuture(
                        Reply.ok(Json.object().put("active", false).build()))
                : Future.failedFuture(failure);
    }

    private Future<Reply> jwks(Request request) {
        request.query().check();
        return Future.succeededFuture(Reply.document(
                "application/jwk-set+json", Buffer.buffer(tokens.jwks().encode()), 300));
    }
}
