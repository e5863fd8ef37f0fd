package dev.nostrtrust.job;

import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.ledger.StandingStore;
import dev.nostrtrust.trust.model.Standing;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** From rows of the table jobs to jobs, for the stores of this package. */
final class JobRows {
    static final String COLUMNS = """
            j.id, j.session_id, j.nostr_pubkey, j.state, j.request, j.result, j.sats_cost, j.sats_absorbed, j.sats_lost, \
            j.reason, j.fence, j.attempts, j.worker, j.lease_until, j.deadline, j.created_at, j.started_at, j.finished_at""";

    /** What is read of a job's identity, of a row called {@code i}. */
    static final String STANDING = StandingStore.COLUMNS + ", i.blocked_at IS NOT NULL AS blocked";

    /** Ends a statement whose row {@code j} holds {@link #COLUMNS}, adding the standing of the job's identity. */
    static final String WITH_STANDING =
            "SELECT j.*, " + STANDING + " FROM j LEFT JOIN nostr_identities i ON i.pubkey = j.nostr_pubkey";

    /** The same straight from the table. */
    static final String SELECT = "SELECT " + COLUMNS + ", " + STANDING
            + " FROM jobs j LEFT JOIN nostr_identities i ON i.pubkey = j.nostr_pubkey ";

    /** A job with the standing of its identity, none for an anonymous job, and whether that identity is blocked. */
    record Found(Job job, @Nullable Standing standing, boolean blocked) {}

    private JobRows() {}

    static Optional<Found> single(RowSet<Row> rows) {
        return rows.size() == 0
                ? Optional.empty()
                : Optional.of(found(rows.iterator().next()));
    }

    static List<Found> all(RowSet<Row> rows) {
        List<Found> all = new ArrayList<>(rows.size());
        rows.forEach(row -> all.add(found(row)));
        return all;
    }

    static Found found(Row row) {
        String pubkey = row.getString("nostr_pubkey");
        Job job = new Job(
                row.getUUID("id"),
                row.getUUID("session_id"),
                pubkey == null ? null : new PublicKey(pubkey),
                JobState.of(row.getString("state")),
                row.getString("request"),
                new Job.Outcome(
                        row.getString("result"),
                        row.getLong("sats_cost"),
                        row.getLong("sats_absorbed"),
                        row.getLong("sats_lost"),
                        row.getString("reason")),
                row.getLong("fence"),
                row.getInteger("attempts"),
                row.getString("worker"),
                instant(row, "lease_until"),
                instant(row, "deadline"),
                row.getOffsetDateTime("created_at").toInstant(),
                instant(row, "started_at"),
                instant(row, "finished_at"));
        return pubkey == null
                ? new Found(job, null, false)
                : new Found(job, StandingStore.of(row), row.getBoolean("blocked"));
    }

    static @Nullable OffsetDateTime utc(@Nullable Instant time) {
        return time == null ? null : time.atOffset(ZoneOffset.UTC);
    }

    private static @Nullable Instant instant(Row row, String column) {
        OffsetDateTime time = row.getOffsetDateTime(column);
        return time == null ? null : time.toInstant();
    }
}
