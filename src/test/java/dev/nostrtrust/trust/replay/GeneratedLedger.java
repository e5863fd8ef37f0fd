package dev.nostrtrust.trust.replay;

import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.db.Migrations;
import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.nostr.Sha256;
import dev.nostrtrust.trust.ledger.Entry;
import dev.nostrtrust.trust.ledger.FactFold;
import dev.nostrtrust.trust.ledger.Ledger;
import dev.nostrtrust.trust.ledger.LedgerFold;
import dev.nostrtrust.trust.ledger.LedgerHead;
import dev.nostrtrust.trust.model.EffectiveTier;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.FactKind;
import dev.nostrtrust.trust.model.FaultReason;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import dev.nostrtrust.trust.model.TrustState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * Fills a migrated, empty database with a ledger of any length, with the code of a server and with bulk COPY. A year of
 * scoring takes about a minute. The same seed generates the same ledger.
 */
final class GeneratedLedger {
    private static final TrustModel MODEL = new TrustModel(TrustPolicy.defaults());
    private static final Instant START = Instant.parse("2025-01-01T00:00:00Z");
    private static final int BATCH = 5_000;
    private static final int RECENT = 1_000;

    private final Random random = new Random(20_260_101);
    private final List<PublicKey> keys = new ArrayList<>();
    private final Map<PublicKey, Standing> standings = new HashMap<>();
    private final List<Entry> recent = new ArrayList<>();
    private LedgerHead head = LedgerHead.EMPTY;
    private Instant now = START;
    private long lastId;

    private GeneratedLedger(int identities) {
        for (int i = 0; i < identities; i++) {
            PublicKey key = new PublicKey(Hex.encode(Sha256.of("generated " + i)));
            keys.add(key);
            standings.put(key, Standing.newcomer(MODEL, key, START));
        }
    }

    /** Arguments: the address of a database, the number of entries and the number of identities. */
    public static void main(String[] arguments) {
        DatabaseAddress database = new DatabaseAddress(arguments[0]);
        Migrations.apply(database);
        fill(database, Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
    }

    static void fill(DatabaseAddress database, int entries, int identities) {
        try (Connection connection = DriverManager.getConnection(database.jdbcUrl(), database.jdbcProperties());
                var statement = connection.createStatement()) {
            // The database does not check the generated rows; the replay does.
            statement.execute("SET session_replication_role = replica; SET synchronous_commit = off");
            statement.execute("INSERT INTO trust_policies (version, canonical) VALUES ('"
                    + MODEL.policy().version() + "', '" + MODEL.policy().canonical() + "') ON CONFLICT DO NOTHING");
            GeneratedLedger ledger = new GeneratedLedger(identities);
            ledger.entries(connection.unwrap(PGConnection.class), entries);
            ledger.standings(connection.unwrap(PGConnection.class));
            statement.execute(
                    "UPDATE trust_head SET seq = " + ledger.head.seq() + ", hash = '\\x" + ledger.head.hash() + "'");
            statement.execute("VACUUM ANALYZE");
        } catch (SQLException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void entries(PGConnection connection, int count) throws SQLException, IOException {
        CopyIn copy = connection.getCopyAPI().copyIn("COPY trust_ledger (" + Ledger.ENTRY_COLUMNS + ") FROM STDIN");
        while (head.seq() < count) {
            LedgerFold fold = new LedgerFold(MODEL, head, standings);
            for (int i = 0; i < BATCH && head.seq() + i < count; i++) {
                fold.fold(waiting(), now);
            }
            StringBuilder lines = new StringBuilder();
            for (Entry entry : fold.entries()) {
                standings.put(entry.fact().pubkey(), fold.standing(entry.fact().pubkey()));
                line(lines, entry);
                recent.add(entry);
            }
            write(copy, lines);
            recent.subList(0, Math.max(0, recent.size() - RECENT)).clear();
            head = fold.head();
        }
        copy.endCopy();
    }

    /** Mostly successes; sometimes a failure, a late fact, an adjustment or a reversal. */
    private LedgerFold.Waiting waiting() {
        lastId++;
        now = now.plusNanos(1_000L * random.nextInt(60_000_000));
        PublicKey key = keys.get(random.nextInt(keys.size()));
        Instant at = random.nextInt(20) == 0 ? now.minusSeconds(random.nextInt(864_000)) : now;
        String id = "0193f2a0-0000-7000-8000-" + String.format("%012x", lastId);
        int dice = random.nextInt(100);
        if (dice == 0 && !recent.isEmpty()) {
            Entry original = recent.remove(random.nextInt(recent.size()));
            Fact reversal = Fact.reversal(id, original.fact().pubkey(), original.id(), now);
            return new LedgerFold.Waiting(
                    lastId,
                    reversal,
                    new FactFold.Reversible(original.delta(), original.fact().occurredAt()));
        }
        long sats = random.nextInt(3_000);
        if (dice == 1) {
            Fact adjustment = Fact.adjustment(id, key, sats - 1_000, at);
            return new LedgerFold.Waiting(lastId, adjustment, null);
        }
        FaultReason[] reasons = FaultReason.values();
        FaultReason reason = reasons[random.nextInt(reasons.length)];
        Fact fact = new Fact(
                "job",
                id,
                key,
                dice < 12 ? FactKind.FAILURE : FactKind.SUCCESS,
                dice < 12 ? reason : null,
                sats,
                random.nextInt(50),
                null,
                at,
                null);
        return new LedgerFold.Waiting(lastId, fact, null);
    }

    private static void line(StringBuilder out, Entry entry) {
        Fact fact = entry.fact();
        row(
                out,
                entry.seq(),
                entry.id(),
                fact.source(),
                fact.sourceId(),
                fact.pubkey().hex(),
                fact.kind().code());
        row(out, fact.reason() == null ? null : fact.reason().code(), fact.sats(), fact.satsAbsorbed());
        row(
                out,
                fact.reverses(),
                fact.occurredAt(),
                fact.lockedTier() == null ? null : fact.lockedTier().code(),
                entry.delta(),
                entry.before().balance(),
                entry.after().balance());
        row(
                out,
                entry.before().score(),
                entry.after().score(),
                entry.before().tier().code());
        row(out, entry.after().tier().code(), entry.policyVersion(), entry.scoredAt());
        EffectiveTier effective = Objects.requireNonNull(entry.effective());
        row(out, effective.tier().code(), effective.blocked(), effective.until());
        row(out, "\\\\x" + entry.prevHash(), "\\\\x" + entry.hash());
        out.setCharAt(out.length() - 1, '\n');
    }

    private void standings(PGConnection connection) throws SQLException, IOException {
        CopyIn copy = connection
                .getCopyAPI()
                .copyIn("COPY nostr_identities (pubkey, trust_score, tier, interaction_count,"
                        + " sats_absorbed_today, sats_absorbed_on, last_seen, created_at, balance, balance_as_of, last_success_at,"
                        + " policy_version) FROM STDIN");
        StringBuilder lines = new StringBuilder();
        for (PublicKey key : keys) {
            Standing standing = Objects.requireNonNull(standings.get(key));
            TrustState state = standing.state();
            row(lines, key.hex(), MODEL.score(state.balance()), state.tier().code(), standing.interactions());
            row(lines, standing.absorbedToday(), standing.absorbedOn(), START, START, state.balance(), state.asOf());
            row(lines, state.lastSuccessAt(), MODEL.policy().version());
            lines.setCharAt(lines.length() - 1, '\n');
        }
        write(copy, lines);
        copy.endCopy();
    }

    private static void row(StringBuilder out, @Nullable Object... values) {
        for (Object value : values) {
            out.append(value == null ? "\\N" : value.toString()).append('\t');
        }
    }

    private static void write(CopyIn copy, StringBuilder lines) throws SQLException {
        byte[] bytes = lines.toString().getBytes(StandardCharsets.UTF_8);
        copy.writeToCopy(bytes, 0, bytes.length);
    }
}
