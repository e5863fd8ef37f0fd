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
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Answers {@code trust.v1.get} on the event bus with the report of a public key, or with the tiers of many. Concurrent
 * requests for one key share one statement. A failed request gets a failure code: see docs/events.md.
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
    private final TrustService trust;

    public TrustQueryVerticle(Database database, TrustModel model, InstantSource clock, Bus bus) {
        this.bus = bus;
        this.trust = new TrustService(database, model, clock, bus);
        this.model = model;
        this.clock = clock;
        this.standings = new StatementBatcher<>(
                BATCH, pubkeys -> new StandingStore(database).find(pubkeys).map(StandingStore.Lookup::standings));
    }

    @Override
    public Future<?> start() {
        return bus.subscribe(Topic.TRUST_GET, this::answer);
    }

    private void answer(Message<JsonObject> message) {
        // The type parameter is not checked: a sender can send any body.
        Object body = message.body();
        if (body instanceof JsonObject json && json.getValue("pubkeys") instanceof JsonArray texts) {
            answerAll(message, texts);
        } else if (body instanceof JsonObject json && json.getValue("pubkey") instanceof String text) {
            answerOne(message, text);
        } else {
            message.fail(MALFORMED, "The body must be an object with the field pubkey or pubkeys.");
        }
    }

    private void answerAll(Message<JsonObject> message, JsonArray texts) {
        List<PublicKey> pubkeys = new ArrayList<>();
        if (texts.isEmpty() || texts.size() > TrustService.MAX_LOOKUP) {
            message.fail(MALFORMED, "pubkeys must have 1 to " + TrustService.MAX_LOOKUP + " public keys.");
            return;
        }
        try {
            for (Object text : texts) {
                pubkeys.add(PublicKey.parse(String.valueOf(text)));
            }
        } catch (ApiError invalid) {
            message.fail(MALFORMED, "pubkeys[" + pubkeys.size() + "]: " + invalid.detail());
            return;
        }
        trust.lookUp(pubkeys)
                .onSuccess(identities -> message.reply(MessageBody.of(identities)))
                .onFailure(e -> refuse(message, e));
    }

    private void answerOne(Message<JsonObject> message, String text) {
        Future.succeededFuture(text)
                .map(PublicKey::parse)
                .compose(standings::submit)
                .onSuccess(found -> found.ifPresentOrElse(
                        standing -> message.reply(MessageBody.of(
                                TrustReport.of(model, standing, clock.instant()).toJson())),
                        () -> message.fail(UNKNOWN, "No identity with this public key is known.")))
                .onFailure(e -> refuse(message, e));
    }

    private static void refuse(Message<JsonObject> message, Throwable cause) {
        if (cause instanceof ApiError error
                && (error.code() == ErrorCode.INVALID_PUBKEY || error.code() == ErrorCode.NSEC_REFUSED)) {
            message.fail(MALFORMED, error.detail());
        } else {
            message.fail(
                    UNAVAILABLE,
                    cause instanceof ApiError error
                            ? error.detail()
                            : "The trust is not available now. Send the request again later.");
        }
    }
}
