package dev.nostrtrust.job;

import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.IdentityStore;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.SqlTime;
import dev.nostrtrust.job.JobStore.Found;
import dev.nostrtrust.job.JobStore.Order;
import dev.nostrtrust.trust.ledger.StandingStore;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Creates jobs without a session and without an idempotency key: one statement for all that arrive together. A result
 * is empty if the caller may not act; {@link JobStore} then refuses. It waits for no lock. Any thread.
 */
final class CreationStore {
    // OFFSET 0 makes PostgreSQL look up each row in the index, independent of the tables' statistics.
    private static final String CREATE = """
            WITH asked AS (
                SELECT o.n, o.id, o.caller, o.queue, o.request, o.deadline, o.deadline_chosen, o.created_at,\s""" + StandingStore.COLUMNS + ", " + IdentityStore.live("$8") + """
                 AS live
                FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::boolean[],
                            $9::timestamptz[])
                     WITH ORDINALITY AS o (id, caller, login, queue, request, deadline, deadline_chosen, created_at, n)
                LEFT JOIN LATERAL (SELECT * FROM logins k WHERE k.id = o.login AND k.pubkey = o.caller OFFSET 0) l ON true
                LEFT JOIN LATERAL (SELECT * FROM nostr_identities k WHERE k.pubkey = l.pubkey OFFSET 0) i ON true),
            created AS (
                INSERT INTO jobs (id, nostr_pubkey, queue, state, request, deadline, deadline_chosen, created_at,
                                  available_at)
                SELECT id, caller, queue, 'queued', request, deadline, deadline_chosen, created_at, created_at
                FROM asked WHERE caller IS NULL OR (live AND NOT blocked))
            SELECT n, pubkey, balance, balance_as_of, tier, last_success_at, interaction_count, sats_absorbed_today,
                   sats_absorbed_on, tier_locked, blocked
            FROM asked WHERE caller IS NULL OR (live AND NOT blocked)""";

    private final Database database;

    /** A job to create for its caller. */
    record Creation(Order order, Caller caller) {}

    CreationStore(Database database) {
        this.database = database;
    }

    /** Creates each job whose caller may act. The results are in the given order. */
    Future<List<Optional<Found>>> create(List<Creation> creations, Instant now) {
        Tuple parameters = Tuple.tuple()
                .addArrayOfUUID(
                        creations.stream().map(each -> each.order().id()).toArray(UUID[]::new))
                .addArrayOfString(creations.stream()
                        .map(each -> each.caller().pubkeyHex())
                        .toArray(String[]::new))
                .addArrayOfUUID(
                        creations.stream().map(each -> each.caller().login()).toArray(UUID[]::new))
                .addArrayOfString(
                        creations.stream().map(each -> each.order().queue()).toArray(String[]::new))
                .addArrayOfString(
                        creations.stream().map(each -> each.order().request()).toArray(String[]::new))
                .addArrayOfOffsetDateTime(creations.stream()
                        .map(each -> SqlTime.of(each.order().deadline()))
                        .toArray(OffsetDateTime[]::new))
                .addArrayOfBoolean(creations.stream()
                        .map(each -> each.order().deadlineChosen())
                        .toArray(Boolean[]::new))
                .addOffsetDateTime(SqlTime.of(now))
                .addArrayOfOffsetDateTime(creations.stream()
                        .map(each -> SqlTime.of(each.order().createdAt()))
                        .toArray(OffsetDateTime[]::new));
        return database.execute(CREATE, parameters).map(rows -> {
            List<Optional<Found>> created = new ArrayList<>(Collections.nCopies(creations.size(), Optional.empty()));
            for (Row row : rows) {
                int place = (int) (row.getLong("n") - 1);
                created.set(place, Optional.of(created(creations.get(place), row)));
            }
            return created;
        });
    }

    private static Found created(Creation creation, Row row) {
        Order order = creation.order();
        Job job = Job.created(
                order.id(),
                null,
                creation.caller().pubkey(),
                order.queue(),
                order.request(),
                order.deadline(),
                order.deadlineChosen(),
                order.createdAt());
        return new Found(job, creation.caller().isAnonymous() ? null : StandingStore.of(row), false);
    }
}
