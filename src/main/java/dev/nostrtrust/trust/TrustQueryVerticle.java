package dev.nostrtrust.trust;

import dev.nostrtrust.fault.Fault;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.platform.Topic;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;

/** Answers {@code trust.v1.get} on the event bus: the report of a key, that of a newcomer for one never seen. */
public final class TrustQueryVerticle extends VerticleBase {
    private static final int MALFORMED = 400;
    private static final int UNAVAILABLE = 503;

    private final TrustService trust;

    public TrustQueryVerticle(TrustService trust) {
        this.trust = trust;
    }

    @Override
    public Future<?> start() {
        return vertx.eventBus()
                .consumer(Topic.TRUST_GET.address(), this::answer)
                .completion();
    }

    private void answer(Message<Object> message) {
        if (!(message.body() instanceof JsonObject body && body.getValue("pubkey") instanceof String pubkey)) {
            message.fail(MALFORMED, "The body is an object with a pubkey.");
            return;
        }
        try {
            trust.getReportOrNewcomer(PublicKey.parse(pubkey))
                    .onSuccess(report ->
                            message.reply(new JsonObject(report.toJson().encode())))
                    .onFailure(e -> message.fail(UNAVAILABLE, "The database does not answer."));
        } catch (Fault notAKey) {
            message.fail(MALFORMED, notAKey.detail());
        }
    }
}
