package dev.nostrtrust.auth;

import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.UuidV7;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The credentials of workers, services and operators: mints, lists and revokes them, and checks tokens. Each node keeps
 * the credentials in memory and reads their changes several times a second, so that a check needs no query and a
 * revoked credential is refused on every node within {@link #MAX_AGE}. Any thread; results arrive on the caller's
 * context.
 */
public final class Credentials {
    /** The longest time after which a revocation counts on all nodes. */
    public static final Duration MAX_AGE = Duration.ofSeconds(1);

    /** The time between two reads of changes. */
    public static final Duration REFRESH_INTERVAL = Duration.ofMillis(250);

    /** A name in the audit log. Users are named by their public keys, and no other caller may be named like one. */
    private static final String NAME = "(?![0-9a-f]{64}$)[A-Za-z0-9_.-]{1,64}";

    private static final Duration KEPT_AFTER_EXPIRY = Duration.ofDays(90);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final CredentialStore store;
    private final Tokens tokens;
    private final InstantSource clock;
    private final Set<UUID> used = ConcurrentHashMap.newKeySet();
    private volatile Snapshot snapshot = new Snapshot(0, Map.of(), System.nanoTime() - MAX_AGE.toNanos());
    private @Nullable Future<Snapshot> refresh;

    /**
     * The credentials as of one read.
     *
     * @param readAt when the read began, by {@link System#nanoTime}
     */
    private record Snapshot(long version, Map<UUID, Boolean> revoked, long readAt) {
        boolean isCurrent() {
            return System.nanoTime() - readAt < MAX_AGE.toNanos();
        }
    }

    /** A new credential with its token, which is nowhere stored. */
    public record Minted(Credential credential, String token) {}

    public Credentials(Database database, Tokens tokens, InstantSource clock) {
        this.store = new CredentialStore(database);
        this.tokens = tokens;
        this.clock = clock;
    }

    /** Whether a text can be the name of a credential: 1 to 64 letters, digits, dots, dashes or underscores. */
    public static boolean isName(String text) {
        return text.matches(NAME);
    }

    /**
     * Creates a credential and its token.
     *
     * @param name as in {@link #isName}
     * @param ttl time until its expiry, in whole seconds
     */
    public Future<Minted> mint(Scope scope, String name, Duration ttl, Actor actor) {
        if (!isName(name) || scope == Scope.USER || scope == Scope.ANONYMOUS) {
            throw new IllegalArgumentException("no credential: " + scope + " " + name);
        }
        Instant now = clock.instant();
        Instant expiresAt = now.plus(ttl).truncatedTo(ChronoUnit.SECONDS);
        Credential credential =
                new Credential(UuidV7.next(now), name, scope, now, actor.name(), expiresAt, null, null, null);
        return tokens.issue(scope, name, credential.id(), expiresAt)
                .compose(token -> store.insert(credential, actor).map(new Minted(credential, token)));
    }

    /**
     * Revokes a credential. Another revocation changes nothing.
     *
     * @return fails with {@code credential_not_found}
     */
    public Future<Credential> revoke(UUID id, Actor actor) {
        return store.revoke(id, actor, clock.instant()).map(Credentials::requireFound);
    }

    /** A credential; fails with {@code credential_not_found}. */
    public Future<Credential> find(UUID id) {
        return store.find(id).map(Credentials::requireFound);
    }

    /** Credentials from the newest to the oldest, before one of them; null begins with the newest. */
    public Future<List<Credential>> list(@Nullable UUID before, int limit) {
        return store.list(before, limit);
    }

    /**
     * Checks a token, and that its credential is live. Does not check whether a user's login is revoked.
     *
     * @return fails as {@link Tokens#check} does, or with {@code token_revoked} or {@code database_unavailable}
     */
    public Future<Caller> check(String token) {
        return tokens.check(token).compose(this::requireLive);
    }

    /** The same without waiting; empty if the check has to wait or fails. */
    public Optional<Caller> checkNow(String token) {
        return tokens.checkNow(token).filter(caller -> isKnownLive(caller.credential()));
    }

    /**
     * Checks that the credential of a caller is live. Users and anonymous callers have none and always pass.
     *
     * @return fails with {@code token_revoked}, or with {@code database_unavailable} if the changes of the last second
     *     are not known
     */
    Future<Caller> requireLive(Caller caller) {
        UUID id = caller.credential();
        if (id == null || isKnownLive(id)) {
            return Future.succeededFuture(caller);
        }
        return current().compose(known -> isRevoked(known, id)).map(revoked -> {
            if (revoked) {
                throw ApiError.of(ErrorCode.TOKEN_REVOKED, "The credential of this token is revoked.");
            }
            used.add(id);
            return caller;
        });
    }

    /** Reads the changes since the last read. One read runs at a time; fails if the database does. */
    public Future<Void> refresh() {
        return refreshed().mapEmpty();
    }

    /** Writes down which credentials were used since the last call, and deletes those that expired long ago. */
    public Future<Void> recordUse() {
        Instant now = clock.instant();
        List<UUID> ids = List.copyOf(used);
        ids.forEach(used::remove);
        return store.recordUse(ids, now)
                .onFailure(failure -> used.addAll(ids))
                .compose(done -> store.deleteExpired(now.minus(KEPT_AFTER_EXPIRY)));
    }

    private static Credential requireFound(Optional<Credential> found) {
        return found.orElseThrow(Credentials::notFound);
    }

    public static ApiError notFound() {
        return ApiError.of(ErrorCode.CREDENTIAL_NOT_FOUND, "There is no such credential.");
    }

    private boolean isKnownLive(@Nullable UUID id) {
        Snapshot known = snapshot;
        if (id == null) {
            return true;
        }
        boolean live = known.isCurrent() && Boolean.FALSE.equals(known.revoked().get(id));
        if (live) {
            used.add(id);
        }
        return live;
    }

    /** A credential that was minted after the last read is read alone. */
    private Future<Boolean> isRevoked(Snapshot known, UUID id) {
        Boolean revoked = known.revoked().get(id);
        return revoked == null ? store.isRevoked(id).map(found -> found.orElse(true)) : Future.succeededFuture(revoked);
    }

    private Future<Snapshot> current() {
        Snapshot known = snapshot;
        return known.isCurrent()
                ? Future.succeededFuture(known)
                : refreshed().map(read -> {
                    if (!read.isCurrent()) {
                        throw ApiError.unavailable(
                                ErrorCode.DATABASE_UNAVAILABLE,
                                "The database answers too slowly to check this token.",
                                RETRY_AFTER);
                    }
                    return read;
                });
    }

    private Future<Snapshot> refreshed() {
        ContextInternal context = ContextInternal.current();
        Promise<Snapshot> result = context == null ? Promise.promise() : context.promise();
        running().onComplete(result);
        return result.future();
    }

    private synchronized Future<Snapshot> running() {
        if (refresh == null || refresh.isComplete()) {
            Snapshot before = snapshot;
            long begun = System.nanoTime();
            refresh = store.changes(before.version(), clock.instant()).map(changes -> {
                Snapshot read = changes.map(known -> new Snapshot(known.version(), known.revoked(), begun))
                        .orElseGet(() -> new Snapshot(before.version(), before.revoked(), begun));
                snapshot = read;
                return read;
            });
        }
        return refresh;
    }
}
