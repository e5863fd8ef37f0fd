package dev.nostrtrust.trust.api;

import dev.nostrtrust.auth.Authenticator;
import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.bus.ChangeWaiters;
import dev.nostrtrust.bus.Topic;
import dev.nostrtrust.http.ChangeStreams;
import dev.nostrtrust.http.ChangeStreams.Then;
import dev.nostrtrust.http.EventStream;
import dev.nostrtrust.http.LongPoll;
import dev.nostrtrust.http.LongPoll.Seen;
import dev.nostrtrust.http.QueryFields;
import dev.nostrtrust.http.Reply;
import dev.nostrtrust.http.Request;
import dev.nostrtrust.http.RouteModule;
import dev.nostrtrust.http.Routes;
import dev.nostrtrust.json.Json;
import dev.nostrtrust.trust.ledger.Entry;
import dev.nostrtrust.trust.ledger.Ledger;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** The HTTP routes of the feed: the ledger in order and without gaps, as pages, long polls or an event stream. */
public final class FeedRoutes implements RouteModule {
    private static final int MAX_PAGE = 1000;
    private static final int DEFAULT_PAGE = 100;

    private final Authenticator authenticator;
    private final Ledger ledger;
    private final LongPoll longPoll;
    private final ChangeStreams streams;
    private final Duration interval;
    private final InstantSource clock;

    /**
     * Creates the routes.
     *
     * @param interval the time between two heartbeats of a stream, at which it also reads the ledger
     */
    public FeedRoutes(
            Authenticator authenticator,
            Ledger ledger,
            LongPoll longPoll,
            ChangeStreams streams,
            Duration interval,
            InstantSource clock) {
        this.authenticator = authenticator;
        this.ledger = ledger;
        this.longPoll = longPoll;
        this.streams = streams;
        this.interval = interval;
        this.clock = clock;
    }

    @Override
    public void mount(Routes routes) {
        routes.get("/api/trust/events", this::events);
    }

    private Future<Reply> events(Request request) {
        return authenticator.require(request, Scope.SERVICE, Scope.OPERATOR).compose(caller -> {
            QueryFields query = request.query();
            long after = query.integer("after", 0, 0, Long.MAX_VALUE);
            int limit = (int) query.integer("limit", DEFAULT_PAGE, 1, MAX_PAGE);
            long wait = LongPoll.wait(query);
            query.check();
            if (ChangeStreams.isAskedFor(request)) {
                long last = ChangeStreams.lastEventId(request, after, Long.MAX_VALUE);
                return ledger.after(last, 1)
                        .map(first -> streams.reply(
                                Topic.TRUST_CHANGED, List.of(ChangeWaiters.ANY), interval, streamFrom(last, caller)));
            }
            return longPoll.answer(request, wait, Topic.TRUST_CHANGED, null, () -> ledger.after(after, limit)
                    .map(entries -> new Seen(page(entries, after), !entries.isEmpty())));
        });
    }

    /** All entries after a sequence number, then new entries, until the token expires. */
    private ChangeStreams.Source streamFrom(long after, Caller caller) {
        return new ChangeStreams.Source() {
            private long last = after;

            @Override
            public Future<Then> next(EventStream stream) {
                if (caller.expiresAt() != null && !clock.instant().isBefore(caller.expiresAt())) {
                    return Future.succeededFuture(Then.END);
                }
                return ledger.after(last, MAX_PAGE).map(entries -> {
                    entries.forEach(entry ->
                            stream.add(Long.toString(entry.seq()), Topic.TRUST_CHANGED.type(), entry.toJson()));
                    last = entries.isEmpty() ? last : last(entries);
                    return entries.size() == MAX_PAGE ? Then.CONTINUE : Then.WAIT;
                });
            }
        };
    }

    private static Reply page(List<Entry> entries, long after) {
        return Reply.ok(Json.object()
                .put("events", Json.array(entries.stream().map(Entry::toJson).toList()))
                .put("next_after", entries.isEmpty() ? after : last(entries))
                .build());
    }

    private static long last(List<Entry> entries) {
        return entries.get(entries.size() - 1).seq();
    }
}
