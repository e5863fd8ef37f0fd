package dev.nostrtrust.operator;

import dev.nostrtrust.db.Database;
import dev.nostrtrust.json.Json;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy.Model;
import dev.nostrtrust.trust.model.TrustReport;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Identities as operators list them, with their trust as of now. Any thread. */
public final class IdentityListing {
    private static final double SECONDS_PER_DAY = 86_400;

    private final IdentityListStore store;
    private final TrustModel model;
    private final InstantSource clock;

    /** An identity with what only operators see. */
    public record Listed(
            Standing standing,
            Instant lastSeen,
            Instant createdAt,
            @Nullable Instant blockedAt,
            @Nullable Instant tokensValidAfter,
            @Nullable Instant eraseAfter,
            @Nullable Instant erasedAt) {}

    /**
     * Selects identities; null selects all.
     *
     * @param tier the tier that counts now
     * @param seenSince last seen at this time or later
     * @param seenBefore last seen before this time
     * @param minBalance the least balance now, in sats; in points with the linear model, and as of its last change
     */
    public record Filter(
            @Nullable Tier tier,
            @Nullable Boolean blocked,
            @Nullable Instant seenSince,
            @Nullable Instant seenBefore,
            @Nullable Double minBalance,
            @Nullable Double maxBalance) {}

    /**
     * Some identities, possibly none though more follow.
     *
     * @param next the key after which the next page begins; null after the last page
     */
    public record Page(List<Listed> identities, @Nullable String next) {}

    public IdentityListing(Database database, TrustModel model, InstantSource clock) {
        this.store = new IdentityListStore(database);
        this.model = model;
        this.clock = clock;
    }

    public Future<Optional<Listed>> find(PublicKey pubkey) {
        return store.find(pubkey);
    }

    /**
     * A page of identities in the order of their keys.
     *
     * @param after the key in hex before the first one; empty for the first page
     */
    public Future<Page> list(Filter filter, String after, int limit) {
        Instant now = clock.instant();
        return store.list(filter, candidates(filter.tier()), halfLifeSeconds(), after, limit, now)
                .map(page -> new Page(
                        page.identities().stream()
                                .filter(each ->
                                        filter.tier() == null || each.standing().tierAt(model, now) == filter.tier())
                                .toList(),
                        page.next()));
    }

    /** The trust of an identity now. */
    public TrustReport report(Standing standing) {
        return TrustReport.of(model, standing, clock.instant());
    }

    public Json.Obj toJson(Listed listed) {
        return Json.object()
                .put("trust", report(listed.standing()).toJson())
                .put("last_seen", listed.lastSeen())
                .put("created_at", listed.createdAt())
                .put("blocked_at", listed.blockedAt())
                .put("tokens_valid_after", listed.tokensValidAfter())
                .put("erase_after", listed.eraseAfter())
                .put("erased_at", listed.erasedAt())
                .build();
    }

    /** The stored tiers from which a tier can follow by decay: it lowers tiers, and moves debtors up to new. */
    private static List<Tier> candidates(@Nullable Tier tier) {
        return tier == null
                ? List.of()
                : Stream.of(Tier.values())
                        .filter(stored -> stored.compareTo(tier) >= 0 || tier == Tier.NEW)
                        .toList();
    }

    /** Null in the linear model. */
    private @Nullable Double halfLifeSeconds() {
        return model.policy().model() == Model.LINEAR
                ? null
                : Double.valueOf(model.policy().halfLifeDays() * SECONDS_PER_DAY);
    }
}
