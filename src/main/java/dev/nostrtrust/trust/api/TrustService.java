package dev.nostrtrust.trust.api;

import dev.nostrtrust.bus.Bus;
import dev.nostrtrust.bus.Topic;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.UuidV7;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.ledger.Ledger;
import dev.nostrtrust.trust.ledger.StandingStore;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.FaultReason;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustReport;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Trust for those who write services: what tier a key has, and what became of work for it. Any thread; results arrive
 * on the caller's context. What is recorded is in the ledger when the future succeeds, and scored soon after.
 */
public final class TrustService {
    private static final String SOURCE = "service";

    private final StandingStore standings;
    private final Ledger ledger;
    private final TrustModel model;
    private final InstantSource clock;
    private final Bus bus;

    public TrustService(Database database, TrustModel model, InstantSource clock, Bus bus) {
        this.standings = new StandingStore(database);
        this.ledger = new Ledger(database);
        this.model = model;
        this.clock = clock;
        this.bus = bus;
    }

    /** The tier that a key has now; {@code NEW} for one that was never seen. */
    public Future<Tier> getTier(PublicKey pubkey) {
        return getReport(pubkey).map(report -> report.map(TrustReport::tier).orElse(Tier.NEW));
    }

    /** Score, tier and outlook of a key now; empty for one that was never seen. */
    public Future<Optional<TrustReport>> getReport(PublicKey pubkey) {
        return standings
                .find(pubkey)
                .map(found -> found.map(standing -> TrustReport.of(model, standing, clock.instant())));
    }

    /**
     * Records work that was paid for.
     *
     * @param satsCost what the operator irrevocably keeps, net of refunds; not negative
     */
    public Future<Void> recordSuccess(PublicKey pubkey, long satsCost) {
        Instant now = clock.instant();
        return record(Fact.success(SOURCE, UuidV7.next(now).toString(), pubkey, notNegative(satsCost), now));
    }

    /**
     * Records work that failed by the identity's doing, where the loss is not known: it counts as the reason's floor.
     */
    public Future<Void> recordFailure(PublicKey pubkey, FaultReason reason) {
        return recordFailure(pubkey, reason, 0);
    }

    /**
     * Records work that failed by the identity's doing.
     *
     * @param sats what was lost; counts as the reason's floor at least; not negative
     */
    public Future<Void> recordFailure(PublicKey pubkey, FaultReason reason, long sats) {
        Instant now = clock.instant();
        return record(Fact.failure(SOURCE, UuidV7.next(now).toString(), pubkey, reason, notNegative(sats), now));
    }

    /** Records a fact under its own source and id: the same fact again changes nothing. */
    public Future<Void> record(Fact fact) {
        return ledger.append(fact, model).onSuccess(done -> bus.wakeOne(Topic.TRUST_PENDING));
    }

    private static long notNegative(long sats) {
        if (sats < 0) {
            throw new IllegalArgumentException("sats are not negative");
        }
        return sats;
    }
}
