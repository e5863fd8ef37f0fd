package dev.nostrtrust.session;

import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.IdempotencyKey;
import dev.nostrtrust.auth.IdentityStore;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.bus.Bus;
import dev.nostrtrust.bus.Topic;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.RetentionPass;
import dev.nostrtrust.db.UuidV7;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.json.Json;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.session.SessionStore.Found;
import dev.nostrtrust.trust.model.EffectiveTier;
import dev.nostrtrust.trust.model.TrustModel;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The use cases of sessions: open, show, list, close and sweep. Publishes each change after its commit. Any thread. */
public final class SessionService {
    private final SessionStore sessions;
    private final RetentionPass retention;
    private final IdentityStore identities;
    private final TrustModel model;
    private final Settings settings;
    private final InstantSource clock;
    private final Bus bus;

    /** A session with the current tier of its identity. */
    record Shown(Session session, EffectiveTier tier) {
        Json.Obj toJson() {
            return session.toJson(tier);
        }
    }

    public SessionService(
            Database database,
            IdentityStore identities,
            TrustModel model,
            Settings settings,
            InstantSource clock,
            Bus bus) {
        this.sessions = new SessionStore(database);
        this.retention = sessions.retention(settings.jobRetention(), settings.sweepBatch());
        this.identities = identities;
        this.model = model;
        this.settings = settings;
        this.clock = clock;
        this.bus = bus;
    }

    /** Opens a session for the caller. With a used idempotency key, returns the session of the first request. */
    Future<Shown> open(Caller caller, @Nullable IdempotencyKey idempotency) {
        Instant now = clock.instant();
        return sessions.create(UuidV7.next(now), caller, now, now.plus(settings.sessionTtl()), idempotency)
                .compose(created -> {
                    if (created.isPresent()) {
                        return Future.succeededFuture(publish(shown(created.get())));
                    }
                    if (idempotency == null) {
                        throw new IllegalStateException("a session without idempotency key was not created");
                    }
                    return findRepeated(idempotency).map(first -> first.orElseThrow(IdempotencyKey::inFlight));
                });
    }

    /** The session of the first request with this idempotency key, as it was opened. */
    Future<Optional<Shown>> findRepeated(@Nullable IdempotencyKey idempotency) {
        return idempotency == null
                ? Future.succeededFuture(Optional.empty())
                : sessions.findByKey(idempotency).map(found -> found.map(first -> asOpened(shown(first))));
    }

    Future<Shown> show(UUID id) {
        return sessions.find(id).map(found -> shown(found.orElseThrow(SessionService::notFound)));
    }

    /** Sessions of one identity before an id, newest first. */
    Future<List<Shown>> listOwn(PublicKey pubkey, @Nullable UUID before, int limit) {
        return sessions.listOwn(pubkey, before, limit)
                .map(found -> found.stream().map(this::shown).toList());
    }

    /** Closes a session for its owner, a worker or an operator. Closing a closed session changes nothing. */
    Future<Shown> close(UUID id, Caller caller) {
        return identities
                .requireMayAct(caller)
                .compose(live -> show(id))
                .compose(shown -> {
                    checkOwner(shown.session(), caller);
                    return sessions.close(id, clock.instant());
                })
                .compose(closed -> closed.isPresent()
                        ? Future.succeededFuture(publish(shown(closed.get())))
                        : show(id).map(SessionService::alreadyClosed));
    }

    /**
     * Expires sessions that are due, up to one batch.
     *
     * @return whether more may be due
     */
    public Future<Boolean> sweep() {
        return sessions.expire(clock.instant(), settings.sweepBatch()).map(expired -> {
            expired.forEach(found -> publish(shown(found)));
            return expired.size() == settings.sweepBatch();
        });
    }

    /**
     * Deletes sessions that ended more than JOB_RETENTION ago and that no job refers to, up to one batch.
     *
     * @return whether more may be due
     */
    public Future<Boolean> sweepRetention() {
        return retention.sweep(clock.instant());
    }

    /** The session as it was opened, which is the answer to a repeated request. */
    private static Shown asOpened(Shown shown) {
        Session session = shown.session();
        Session opened = new Session(
                session.id(), session.pubkey(), Session.State.OPEN, session.createdAt(), session.expiresAt(), null, 0);
        return new Shown(opened, shown.tier());
    }

    static ApiError notFound() {
        return ApiError.of(ErrorCode.SESSION_NOT_FOUND, "There is no such session.");
    }

    private static void checkOwner(Session session, Caller caller) {
        boolean owner = caller.scope() == Scope.USER && caller.subject().equals(String.valueOf(hex(session)));
        if (!owner && caller.scope() == Scope.USER) {
            throw ApiError.of(ErrorCode.NOT_OWNER, "The session belongs to another identity or is anonymous.");
        }
    }

    private static @Nullable String hex(Session session) {
        return session.pubkey() == null ? null : session.pubkey().hex();
    }

    private static Shown alreadyClosed(Shown shown) {
        if (shown.session().state() != Session.State.CLOSED) {
            throw ApiError.of(ErrorCode.SESSION_NOT_OPEN, "The session has expired. Open a new session.");
        }
        return shown;
    }

    private Shown shown(Found found) {
        Instant now = clock.instant();
        EffectiveTier tier = found.standing() == null
                ? EffectiveTier.ANONYMOUS
                : found.standing().effectiveAt(model, now);
        return new Shown(found.session().at(now), tier);
    }

    private Shown publish(Shown shown) {
        bus.publish(
                Topic.SESSIONS_CHANGED,
                shown.session().id() + "/" + shown.session().state().code(),
                Json.object()
                        .put("id", shown.session().id().toString())
                        .put("state", shown.session().state().code())
                        .put("tier", shown.tier().tier().code())
                        .build());
        return shown;
    }
}
