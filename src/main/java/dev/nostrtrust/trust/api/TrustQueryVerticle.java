package dev.nostrtrust.trust.api;

import dev.nostrtrust.bus.Bus;
import dev.nostrtrust.bus.MessageBody;
import dev.nostrtrust.bus.Topic;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.StatementBatcher;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.ledger.StandingStore;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustReport;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Answers {@code trust.v1.get} on the event bus: the report of a key. Requests that arrive together share one
 * statement. What cannot be answered fails with a code: docs/events.md.
 */
public final class TrustQueryVerticle extends VerticleBase {
    private static final int MALFORMED = 400;
    private static final int UNKNOWN = 404;
    private static final int UNAVAILABLE = 503;
    private static final int BATCH = 500;

    private final Bus bus;
    private final TrustModel model;
    private final InstantSource clock;
    private final StatementBatcher<PublicKey, Optional<Standing>> standings;

    public TrustQueryVerticle(Database database, TrustModel model, InstantSource clock, Bus bus) {
        this.bus = bus;
        this.model = model;
        this.clock = clock;
        this.standings = new StatementBatcher<>(BATCH, new StandingStore(database)::find);
    }

    @Override
    public Future<?> start() {
        return bus.subscribe(Topic.TRUST_GET, this::answer);
    }

    private void answer(Message<JsonObject> message) {
        // The type parameter is a wish: whoever sends may send anything.
        Object body = message.body();
        if (!(body instanceof JsonObject json && json.getValue("pubkey") instanceof String text)) {
            message.fail(MALFORMED, "The body is an object with a pubkey.");
            return;
        }
        Future.succeededFuture(text)
                .map(PublicKey::parse)
                .compose(standings::submit)
                .onSuccess(found -> found.ifPresentOrElse(
                        standing -> message.reply(MessageBody.of(
                                TrustReport.of(model, standing, clock.instant()).toJson())),
                        () -> message.fail(UNKNOWN, "This key was never seen here.")))
                .onFailure(e -> refuse(message, e));
    }

    private static void refuse(Message<JsonObject> message, Throwable cause) {
        if (cause instanceof ApiError error
                && (error.code() == ErrorCode.INVALID_PUBKEY || error.code() == ErrorCode.NSEC_REFUSED)) {
            message.fail(MALFORMED, error.detail());
        } else {
            message.fail(
                    UNAVAILABLE, cause instanceof ApiError error ? error.detail() : "This cannot be answered now.");
        }
    }
}
