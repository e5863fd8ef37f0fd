package dev.nostrtrust.trust.scoring;

import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.trust.ledger.Entry;
import dev.nostrtrust.trust.ledger.LedgerFold;
import dev.nostrtrust.trust.ledger.LedgerHead;
import dev.nostrtrust.trust.ledger.StandingStore;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.TrustModel;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.IntFunction;

/** A fold's outcome as the parameters of the statements that write it: one array for each column. */
final class ScoredBatch {
    private final TrustModel model;
    private final LedgerFold fold;
    private final List<Entry> entries;
    private final List<Standing> standings;

    ScoredBatch(TrustModel model, LedgerFold fold) {
        this.model = model;
        this.fold = fold;
        this.entries = fold.entries();
        this.standings = entries.stream()
                .map(entry -> entry.fact().pubkey())
                .distinct()
                .sorted()
                .map(fold::standing)
                .toList();
    }

    LedgerHead head() {
        return fold.head();
    }

    Tuple policy() {
        return Tuple.of(model.policyVersion(), model.policy().canonical());
    }

    Tuple entries() {
        Instant scoredAt = entries.get(0).scoredAt();
        return Tuple.tuple()
                .addArrayOfLong(column(entries, Entry::id, Long[]::new))
                .addArrayOfLong(column(entries, Entry::seq, Long[]::new))
                .addArrayOfDouble(column(entries, Entry::delta, Double[]::new))
                .addArrayOfDouble(column(entries, entry -> entry.before().balance(), Double[]::new))
                .addArrayOfDouble(column(entries, entry -> entry.after().balance(), Double[]::new))
                .addArrayOfDouble(column(entries, entry -> entry.before().score(), Double[]::new))
                .addArrayOfDouble(column(entries, entry -> entry.after().score(), Double[]::new))
                .addArrayOfString(column(entries, entry -> entry.before().tier().code(), String[]::new))
                .addArrayOfString(column(entries, entry -> entry.after().tier().code(), String[]::new))
                .addArrayOfBuffer(column(entries, entry -> bytes(entry.prevHash()), Buffer[]::new))
                .addString(model.policyVersion())
                .addOffsetDateTime(StandingStore.utc(scoredAt))
                .addArrayOfBuffer(column(entries, entry -> bytes(entry.hash()), Buffer[]::new));
    }

    Tuple standings() {
        return Tuple.tuple()
                .addArrayOfString(
                        column(standings, standing -> standing.pubkey().hex(), String[]::new))
                .addArrayOfDouble(column(standings, standing -> standing.state().balance(), Double[]::new))
                .addArrayOfOffsetDateTime(column(
                        standings,
                        standing -> Objects.requireNonNull(
                                StandingStore.utc(standing.state().asOf())),
                        OffsetDateTime[]::new))
                .addArrayOfString(
                        column(standings, standing -> standing.state().tier().code(), String[]::new))
                .addArrayOfDouble(column(
                        standings, standing -> model.score(standing.state().balance()), Double[]::new))
                .addArrayOfOffsetDateTime(standings.stream()
                        .map(standing -> StandingStore.utc(standing.state().lastSuccessAt()))
                        .toArray(OffsetDateTime[]::new))
                .addArrayOfLong(column(standings, Standing::interactions, Long[]::new))
                .addArrayOfLong(column(standings, Standing::absorbedToday, Long[]::new))
                .addString(model.policyVersion())
                .addArrayOfLocalDate(
                        standings.stream().map(Standing::absorbedOn).toArray(LocalDate[]::new));
    }

    private static <R, V> V[] column(List<R> rows, Function<R, V> value, IntFunction<V[]> array) {
        return rows.stream().map(value).toArray(array);
    }

    private static Buffer bytes(String hex) {
        return Buffer.buffer(Hex.decode(hex));
    }
}
