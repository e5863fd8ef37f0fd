package dev.nostrtrust.job;

import dev.nostrtrust.config.Settings;
import dev.nostrtrust.db.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.time.InstantSource;
import java.time.ZoneOffset;

/**
 * Deletes what identities asked for whose erasure is due: their jobs with requests and results, and their sessions. A
 * running job is not deleted: the erasure ends after its report, so that the fact that follows from it is recorded.
 * What stays is the key's row in nostr_identities as a tombstone, its entries in the ledger, and the audit. For one
 * sweep at a time.
 */
final class ErasureStore {
    // One identity at a time, and of it so many rows at a time. Nothing new comes in meanwhile: its logins ended when
    // it asked, and a login after that takes it out of what is due. What is left to delete is looked for before
    // anything is deleted, so that two nodes that see the same rows never both conclude that there are none. It is
    // looked for in the order of the index, so that a batch costs its own rows and not all that the identity has.
    // An identity whose jobs all run is not due: a sweep would find nothing to delete. A job that is claimed after this
    // statement's snapshot stays, because the row is checked again when its lock is free.
    private static final String ERASE = """
            WITH due AS MATERIALIZED (
                SELECT i.pubkey FROM nostr_identities i
                WHERE i.erase_after <= $1
                      AND (EXISTS (SELECT FROM jobs j WHERE j.nostr_pubkey = i.pubkey AND j.state <> 'running')
                           OR NOT EXISTS (SELECT FROM jobs j WHERE j.nostr_pubkey = i.pubkey))
                ORDER BY i.erase_after LIMIT 1 OFFSET $3 FOR NO KEY UPDATE SKIP LOCKED),
            work AS MATERIALIZED (
                SELECT j.id FROM due CROSS JOIN LATERAL (
                    SELECT id FROM jobs WHERE nostr_pubkey = due.pubkey AND state <> 'running' ORDER BY id LIMIT $2) j),
            visits AS MATERIALIZED (
                SELECT s.id FROM due CROSS JOIN LATERAL (
                    SELECT id FROM sessions WHERE nostr_pubkey = due.pubkey ORDER BY id LIMIT $2) s
                WHERE NOT EXISTS (SELECT FROM jobs j WHERE j.nostr_pubkey = due.pubkey)),
            no_work AS (DELETE FROM jobs WHERE id IN (SELECT id FROM work) AND state <> 'running'),
            no_visits AS (DELETE FROM sessions WHERE id IN (SELECT id FROM visits)),
            erased AS (
                UPDATE nostr_identities i SET erase_after = NULL, erased_at = $1 FROM due
                WHERE i.pubkey = due.pubkey
                      AND NOT EXISTS (SELECT FROM jobs j WHERE j.nostr_pubkey = due.pubkey)
                      AND NOT EXISTS (SELECT FROM visits)
                RETURNING i.pubkey),
            audited AS (
                INSERT INTO audit_log (actor, action, subject) SELECT 'server', 'erased', pubkey FROM erased)
            SELECT EXISTS (SELECT FROM due) AS more""";

    private final Database database;
    private final Settings settings;
    private final InstantSource clock;
    private int passedOver;

    ErasureStore(Database database, Settings settings, InstantSource clock) {
        this.database = database;
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * Deletes up to a sweep's batch of what is due. Fails as the database does; an identity with which that happens is
     * passed over by the next ones, so that it holds up nobody else, until they have come to the end.
     *
     * @return whether there may be more
     */
    Future<Boolean> sweep() {
        Tuple parameters = Tuple.of(clock.instant().atOffset(ZoneOffset.UTC), settings.sweepBatch(), passedOver);
        return database.execute(ERASE, parameters)
                .map(rows -> rows.iterator().next().getBoolean("more"))
                .onFailure(failure -> passedOver++)
                .onSuccess(more -> passedOver = more ? passedOver : 0);
    }
}
