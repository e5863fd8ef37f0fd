package dev.nostrtrust.trust.ledger;

import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.SqlTime;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustState;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the trust columns of the table {@code nostr_identities}. Any thread. */
public final class StandingStore {
    /**
     * The columns for {@link #of}, of the alias {@code i}. Statements of other stores join the table under this alias.
     */
    public static final String COLUMNS = """
            i.pubkey, i.balance, i.balance_as_of, i.tier, i.last_success_at, i.interaction_count, \
            i.sats_absorbed_today, i.sats_absorbed_on, i.tier_locked, i.blocked_at IS NOT NULL AS blocked""";

    private static final String FIND = "SELECT " + COLUMNS + " FROM nostr_identities i WHERE i.pubkey = $1";

    // OFFSET 0 makes PostgreSQL look up each key in the index. Otherwise it scans a table that is small or has no
    // statistics yet, and compares every row with every key.
    private static final String FIND_ALL = "SELECT h.seq, " + COLUMNS + """
             FROM trust_head h CROSS JOIN unnest($1::text[]) AS asked (pubkey)
            LEFT JOIN LATERAL (SELECT * FROM nostr_identities k WHERE k.pubkey = asked.pubkey OFFSET 0) i ON true""";

    /**
     * The standings of some keys.
     *
     * @param seq the last entry of the ledger that they include
     * @param standings empty for each unknown key
     */
    public record Lookup(long seq, List<Optional<Standing>> standings) {}

    private final Database database;

    public StandingStore(Database database) {
        this.database = database;
    }

    /** The standing of a key; empty for an unknown key. */
    public Future<Optional<Standing>> find(PublicKey pubkey) {
        return database.execute(FIND, Tuple.of(pubkey.hex()))
                .map(rows -> rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(of(rows.iterator().next())));
    }

    /** The standings of at least one key, in the same order. One statement reads them at one moment. */
    public Future<Lookup> find(List<PublicKey> pubkeys) {
        String[] all = pubkeys.stream().map(PublicKey::hex).distinct().toArray(String[]::new);
        return database.execute(FIND_ALL, Tuple.of((Object) all)).map(rows -> {
            Map<PublicKey, Standing> found = new HashMap<>();
            long seq = 0;
            for (Row row : rows) {
                seq = row.getLong("seq");
                if (row.getString("pubkey") != null) {
                    Standing standing = of(row);
                    found.put(standing.pubkey(), standing);
                }
            }
            return new Lookup(
                    seq,
                    pubkeys.stream()
                            .map(pubkey -> Optional.ofNullable(found.get(pubkey)))
                            .toList());
        });
    }

    /** Reads {@link #COLUMNS} from a row. */
    public static Standing of(Row row) {
        String locked = row.getString("tier_locked");
        return new Standing(
                new PublicKey(row.getString("pubkey")),
                new TrustState(
                        row.getDouble("balance"),
                        SqlTime.read(row, "balance_as_of"),
                        Tier.of(row.getString("tier")),
                        SqlTime.readNullable(row, "last_success_at")),
                row.getLong("interaction_count"),
                row.getLong("sats_absorbed_today"),
                row.getLocalDate("sats_absorbed_on"),
                locked == null ? null : Tier.of(locked),
                row.getBoolean("blocked"));
    }
}
