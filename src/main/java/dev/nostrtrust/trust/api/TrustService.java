package dev.nostrtrust.trust.api;

import dev.nostrtrust.bus.Bus;
import dev.nostrtrust.bus.Topic;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.UuidV7;
import dev.nostrtrust.json.Json;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.ledger.Ledger;
import dev.nostrtrust.trust.ledger.StandingStore;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.FaultReason;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustReport;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * The API for services: reads the tier of a public key and records the outcome of work. Any thread; results arrive on
 * the caller's context. A recorded fact is in the ledger when the future succeeds, and is scored shortly after.
 */
public final class TrustService {
    /** The largest number of keys of a lookup. */
    static final int MAX_LOOKUP = 500;

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

    /** The current tier of a public key; {@code NEW} for an unknown key. */
    public Future<Tier> getTier(PublicKey pubkey) {
        return getReport(pubkey)
                .map(report -> report.map(known -> known.effective().tier()).orElse(Tier.NEW));
    }

    /** The current report of a public key; empty for an unknown key. */
    public Future<Optional<TrustReport>> getReport(PublicKey pubkey) {
        return standings
                .find(pubkey)
                .map(found -> found.map(standing -> TrustReport.of(model, standing, clock.instant())));
    }

    /**
     * The effective tiers of keys now, read by one statement: {@code {"identities": {"<hex>": …}, "seq": …}}. They
     * include the ledger up to {@code seq}. An unknown key is a newcomer.
     */
    Future<Json.Obj> lookUp(List<PublicKey> pubkeys) {
        return standings.find(pubkeys).map(found -> {
            Instant now = clock.instant();
            Json.Obj.Builder identities = Json.object();
            for (int i = 0; i < pubkeys.size(); i++) {
                PublicKey pubkey = pubkeys.get(i);
                Standing standing = found.standings().get(i).orElseGet(() -> Standing.newcomer(model, pubkey, now));
                TrustReport report = TrustReport.of(model, standing, now);
                Json.Obj.Builder identity = Json.object().put("trust_score", report.score());
                identities.put(
                        pubkey.hex(),
                        report.effective().addTo(identity).put("as_of", now).build());
            }
            return Json.object()
                    .put("identities", identities.build())
                    .put("seq", found.seq())
                    .build();
        });
    }

    /**
     * Records paid work.
     *
     * @param satsCost the amount that the operator keeps, net of refunds; not negative
     */
    public Future<Void> recordSuccess(PublicKey pubkey, long satsCost) {
        Instant now = clock.instant();
        return record(Fact.success(SOURCE, UuidV7.next(now).toString(), pubkey, notNegative(satsCost), now));
    }

    /** Records a failure of unknown loss for which the identity is responsible. The loss is the floor of the reason. */
    public Future<Void> recordFailure(PublicKey pubkey, FaultReason reason) {
        return recordFailure(pubkey, reason, 0);
    }

    /**
     * Records a failure for which the identity is responsible.
     *
     * @param sats the loss, not negative; a loss below the floor of the reason counts as the floor
     */
    public Future<Void> recordFailure(PublicKey pubkey, FaultReason reason, long sats) {
        Instant now = clock.instant();
        return record(Fact.failure(SOURCE, UuidV7.next(now).toString(), pubkey, reason, notNegative(sats), now));
    }

    /** Records a fact under its own source and id. A repeated fact changes nothing. */
    public Future<Void> record(Fact fact) {
        return ledger.append(fact, model).onSuccess(done -> bus.wakeOne(Topic.TRUST_PENDING));
    }

    private static long notNegative(long sats) {
        if (sats < 0) {
            throw new IllegalArgumentException("sats must not be negative");
        }
        return sats;
    }
}
