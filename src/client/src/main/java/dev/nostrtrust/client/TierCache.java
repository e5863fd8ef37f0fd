package dev.nostrtrust.client;

import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers with the tiers of keys, mostly without a round trip. It follows the ledger, which has every change of a tier
 * except decay, and heeds {@code tier_until}, at which decay lowers a tier. It asks the server about keys that it does
 * not remember, and about all keys while it lags behind the ledger; questions at the same time share one request. So an
 * answer is at most two seconds old. While no server can be reached, it answers with what it remembers, at most for
 * {@link TierCacheOptions#maxStaleness}, and then with {@link TierCacheOptions#fallback}; a key that was blocked stays
 * blocked. Any thread.
 */
public final class TierCache {
    private static final System.Logger LOG = System.getLogger(TierCache.class.getName());
    private static final String LOOKUP = "trust.v1.get";
    private static final int MAX_LOOKUP = 500;
    private static final int MAX_WAITING = 20 * MAX_LOOKUP;
    /** Any key will do: the first lookup checks address and token, and says where the ledger is. */
    private static final String NOBODY = "0".repeat(64);

    /** Beyond what is counted in nanoseconds. */
    private static final Duration FAR = Duration.ofDays(36_500);

    private final Vertx vertx;
    private final Context context;
    private final TierCacheOptions options;
    private final long currentNanos;
    private final long pauseNanos;
    private final LongSupplier nanoTime;
    private final TrustHttpClient client;
    private final Map<String, Remembered> remembered;
    private final Map<String, Question> questions = new LinkedHashMap<>();
    private @Nullable TrustFeed feed;
    private boolean asking;
    /** Whether the last lookup failed at every server, and when. */
    private boolean failing;

    private long failedNanos;
    private long readNanos;
    /** The time of the server at {@code nanoTime} 0, at most some milliseconds ahead. */
    private Instant serverEpoch = Instant.EPOCH;

    /**
     * A remembered tier.
     *
     * @param seq the last entry of the ledger that it includes
     * @param untilNanos when decay lowers it; {@link Long#MAX_VALUE} if never
     */
    private record Remembered(TrustTier tier, long seq, long untilNanos) {}

    /** A key that the server is asked about; {@code asked} when the request is sent. */
    private static final class Question {
        private final Promise<TrustTier> answer = Promise.promise();
        private boolean asked;
    }

    private TierCache(Vertx vertx, FeedOptions feed, TierCacheOptions options, LongSupplier nanoTime) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.options = options;
        this.nanoTime = nanoTime;
        // A read may take half an interval, and the answer is still less than two seconds old by default.
        this.currentNanos = feed.interval().toNanos() * 3 / 2;
        this.pauseNanos = feed.interval().toNanos();
        this.client = new TrustHttpClient(vertx, feed);
        this.remembered = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Remembered> eldest) {
                return size() > options.maxEntries();
            }
        };
    }

    /**
     * Starts a cache. In a clustered Vert.x, messages of the servers make it read the ledger at once.
     *
     * @return fails with one line if no server answers, if the token is refused, or if the Vert.x is clustered and no
     *     server answers on its event bus
     */
    public static Future<TierCache> start(Vertx vertx, FeedOptions feed, TierCacheOptions options) {
        return start(vertx, feed, options, System::nanoTime);
    }

    static Future<TierCache> start(Vertx vertx, FeedOptions feed, TierCacheOptions options, LongSupplier nanoTime) {
        TierCache cache = new TierCache(vertx, feed, options, nanoTime);
        Promise<TierCache> started = ((ContextInternal) vertx.getOrCreateContext()).promise();
        cache.context.runOnContext(now -> cache.begin(feed).map(cache).onComplete(started));
        return started.future();
    }

    private Future<Void> begin(FeedOptions options) {
        return checkBus(options.timeout())
                .compose(checked -> checkHttp(options))
                .onFailure(failure -> client.close());
    }

    private Future<Void> checkHttp(FeedOptions options) {
        long sent = nanoTime.getAsLong();
        return client.lookUp(List.of(NOBODY)).map(answer -> {
            long seq = answer.getLong("seq");
            JsonObject nobody = answer.getJsonObject("identities").getJsonObject(NOBODY);
            synchronized (this) {
                serverEpoch = epoch(nobody, sent);
                readNanos = sent;
                feed = TrustFeed.start(vertx, options, new MemoryCursor(seq), this::follow, nanoTime, this::caughtUp);
            }
            return null;
        });
    }

    /** Asks a server over the bus, which takes a connection in each direction. */
    private Future<?> checkBus(Duration timeout) {
        if (!vertx.isClustered()) {
            return Future.succeededFuture();
        }
        JsonObject question = new JsonObject().put("pubkeys", new JsonArray().add(NOBODY));
        return vertx.eventBus()
                .request(LOOKUP, question, new DeliveryOptions().setSendTimeout(timeout.toMillis()))
                .recover(failure -> Future.failedFuture(new IllegalStateException(
                        failure instanceof ReplyException reply && reply.failureType() == ReplyFailure.NO_HANDLERS
                                ? "no server is in the cluster that this process has joined: check its name and members"
                                : "no server answers on the event bus of the cluster: check that bus ports are open in"
                                        + " both directions and that TLS is used by all or none ("
                                        + failure.getMessage() + ")")));
    }

    /**
     * The tier of a key now. Arrives on the caller's context; never fails while the servers are away.
     *
     * @param pubkey in lower-case hex or as npub
     * @return fails with {@link IllegalArgumentException} if it is neither
     */
    public Future<TrustTier> tier(String pubkey) {
        ContextInternal caller = (ContextInternal) vertx.getOrCreateContext();
        String key;
        try {
            key = PublicKeys.hex(pubkey);
        } catch (IllegalArgumentException notAKey) {
            return caller.failedFuture(notAKey);
        }
        Promise<TrustTier> result = caller.promise();
        synchronized (this) {
            long now = nanoTime.getAsLong();
            Remembered known = valid(key, now);
            if (known != null && now - readNanos <= currentNanos) {
                return caller.succeededFuture(known.tier());
            }
            boolean pause = failing && now - failedNanos < pauseNanos;
            if (pause || (questions.size() >= MAX_WAITING && !questions.containsKey(key))) {
                result.complete(withoutServer(key));
                return result.future();
            }
            questions
                    .computeIfAbsent(key, asked -> new Question())
                    .answer
                    .future()
                    .onComplete(result);
        }
        context.runOnContext(now -> ask());
        return result.future();
    }

    /** Stops following the ledger. */
    public Future<Void> stop() {
        TrustFeed started;
        synchronized (this) {
            started = feed;
        }
        return (started == null ? Future.<Void>succeededFuture() : started.stop()).eventually(client::close);
    }

    private @Nullable Remembered valid(String key, long now) {
        Remembered known = remembered.get(key);
        return known != null && now < known.untilNanos() ? known : null;
    }

    /** The answer while no server can be asked. A block that is remembered stays in force. */
    private synchronized TrustTier withoutServer(String key) {
        long now = nanoTime.getAsLong();
        Remembered valid = valid(key, now);
        if (valid != null && now - readNanos <= options.maxStaleness().toNanos()) {
            return valid.tier();
        }
        Remembered known = remembered.get(key);
        TrustTier fallback = options.fallback();
        return known != null && known.tier().blocked() ? new TrustTier(fallback.tier(), true) : fallback;
    }

    /** Sends the next lookup unless one is running. */
    private void ask() {
        List<String> keys = new ArrayList<>();
        synchronized (this) {
            if (asking || questions.isEmpty()) {
                return;
            }
            asking = true;
            questions.forEach((key, question) -> {
                if (keys.size() < MAX_LOOKUP) {
                    question.asked = true;
                    keys.add(key);
                }
            });
        }
        long sent = nanoTime.getAsLong();
        // compose and map turn an exception into a failure: of a client that is closed, of an answer that is not
        // understood.
        Future.succeededFuture(keys)
                .compose(client::lookUp)
                .map(answer -> remember(answer, sent))
                .onComplete(lookup -> {
                    Map<Question, TrustTier> answers = new LinkedHashMap<>();
                    synchronized (this) {
                        asking = false;
                        note(lookup);
                        Map<String, TrustTier> tiers = lookup.succeeded() ? lookup.result() : Map.of();
                        for (String key : keys) {
                            TrustTier tier = tiers.get(key);
                            Question question = questions.remove(key);
                            if (question != null) {
                                answers.put(question, tier != null ? tier : withoutServer(key));
                            }
                        }
                    }
                    answers.forEach((question, tier) -> question.answer.complete(tier));
                    ask();
                });
    }

    /** After a failure nobody is asked for an interval, unless a read of the ledger succeeds. */
    private void note(AsyncResult<?> lookup) {
        if (lookup.failed() && !failing) {
            LOG.log(Level.WARNING, "lookups fail: {0}", lookup.cause().toString());
        }
        failing = lookup.failed();
        failedNanos = nanoTime.getAsLong();
    }

    /** Remembers the tiers of an answer; returns those that count now. */
    private synchronized Map<String, TrustTier> remember(JsonObject answer, long sent) {
        Map<String, TrustTier> tiers = new HashMap<>();
        long seq = answer.getLong("seq");
        JsonObject identities = answer.getJsonObject("identities");
        for (String key : identities.fieldNames()) {
            JsonObject identity = identities.getJsonObject(key);
            serverEpoch = epoch(identity, sent);
            tiers.put(key, remember(key, identity, seq));
        }
        return tiers;
    }

    /** As if the server had read it when the question was sent, which was earlier: no tier lasts too long. */
    private static Instant epoch(JsonObject identity, long sent) {
        return Instant.parse(identity.getString("as_of")).minusNanos(sent);
    }

    /** Remembers a tier unless a later one is remembered that has not ended; returns the later one. */
    private TrustTier remember(String key, JsonObject identity, long seq) {
        Remembered known = valid(key, nanoTime.getAsLong());
        if (known != null && known.seq() > seq) {
            return known.tier();
        }
        TrustTier tier = new TrustTier(identity.getString("trust_tier"), identity.getBoolean("blocked"));
        remembered.put(key, new Remembered(tier, seq, untilNanos(identity.getString("tier_until"))));
        return tier;
    }

    private long untilNanos(@Nullable String until) {
        if (until == null) {
            return Long.MAX_VALUE;
        }
        Duration left = Duration.between(serverEpoch, Instant.parse(until));
        return left.compareTo(FAR) > 0 ? Long.MAX_VALUE : left.toNanos();
    }

    /** Applies entries to remembered keys, and to those that are being asked about. */
    private synchronized Future<Void> follow(List<TrustEvent> page) {
        for (TrustEvent entry : page) {
            Question question = questions.get(entry.pubkey());
            if (remembered.containsKey(entry.pubkey()) || (question != null && question.asked)) {
                if (entry.json().getValue("trust_tier") instanceof String) {
                    remember(entry.pubkey(), entry.json(), entry.seq());
                } else {
                    remembered.remove(entry.pubkey());
                }
            }
        }
        return Future.succeededFuture();
    }

    /** Everything that was in the ledger at this time has been applied. */
    private synchronized void caughtUp(long began) {
        readNanos = began;
        failing = false;
    }

    /** A position that lasts as long as the process. */
    private record MemoryCursor(long start) implements Cursor {
        @Override
        public Future<Long> load() {
            return Future.succeededFuture(start);
        }

        @Override
        public Future<Void> store(long seq) {
            return Future.succeededFuture();
        }
    }
}
