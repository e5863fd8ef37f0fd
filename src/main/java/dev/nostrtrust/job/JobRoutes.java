package dev.nostrtrust.job;

import dev.nostrtrust.auth.Authenticator;
import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.IdempotencyKey;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.error.Violation;
import dev.nostrtrust.http.Fields;
import dev.nostrtrust.http.Reply;
import dev.nostrtrust.http.Request;
import dev.nostrtrust.http.RouteModule;
import dev.nostrtrust.http.Routes;
import dev.nostrtrust.json.Json;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Jobs over HTTP: for those who ask for work, and for those who do it. */
public final class JobRoutes implements RouteModule {
    private static final Duration LONGEST_WAIT = Duration.ofDays(366);
    /** All the sats there will ever be. */
    private static final long MAX_SATS = 2_100_000_000_000_000L;

    private final Authenticator callers;
    private final JobService jobs;
    private final InstantSource clock;

    public JobRoutes(Authenticator callers, JobService jobs, InstantSource clock) {
        this.callers = callers;
        this.jobs = jobs;
        this.clock = clock;
    }

    /** What a caller orders. */
    private record Order(
            @Nullable UUID session, String work, @Nullable Instant deadline, Fields body) {}

    @Override
    public void mount(Routes routes) {
        routes.post("/api/jobs", request -> order(request, body -> order(request, null, body)));
        routes.post(
                "/api/sessions/{id}/requests",
                request -> order(request, body -> {
                    UUID session = request.id("id")
                            .orElseThrow(() -> ApiError.of(ErrorCode.SESSION_NOT_FOUND, "There is no such session."));
                    return order(request, session, body);
                }));
        routes.postFinishing("/api/jobs/{id}/claim", callers::isWorker, this::claim);
        routes.postFinishing("/api/jobs/{id}/complete", callers::isWorker, this::complete);
        routes.postFinishing("/api/jobs/{id}/fail", callers::isWorker, this::fail);
        routes.post("/api/jobs/{id}/cancel", this::cancel);
    }

    private static Order order(Request request, @Nullable UUID session, Fields body) {
        String work = body.object("request").encode();
        Instant deadline = body.optionalTime("deadline");
        body.check();
        IdempotencyKey.keyOf(request);
        return new Order(session, work, deadline, body);
    }

    private Future<Reply> order(Request request, Function<Fields, Order> reader) {
        return callers.creator(request, reader)
                .compose(creation -> {
                    Order order = creation.order();
                    Caller caller = creation.caller();
                    IdempotencyKey idempotency = IdempotencyKey.of(request, caller, order.body());
                    // A repeat may come when its deadline is over; the first answer is still the answer.
                    return creation.make(
                            () -> isTimely(order.deadline())
                                    ? jobs.order(order.session(), order.work(), order.deadline(), caller, idempotency)
                                    : jobs.repeat(idempotency).map(first -> first.orElseThrow(JobRoutes::untimely)),
                            () -> jobs.repeat(idempotency));
                })
                .map(shown -> Reply.created("/api/jobs/" + shown.job().id(), shown.toJson()));
    }

    private boolean isTimely(@Nullable Instant deadline) {
        Instant now = clock.instant();
        return deadline == null || (deadline.isAfter(now) && !deadline.isAfter(now.plus(LONGEST_WAIT)));
    }

    private static ApiError untimely() {
        return ApiError.invalid(
                List.of(new Violation("deadline", "A time in the future is expected, at most a year ahead.")));
    }

    private Future<Reply> claim(Request request) {
        return callers.require(request, Scope.WORKER)
                .compose(worker -> {
                    request.query().check();
                    Fields body = request.fields();
                    Long fence = body.optionalInteger("fence", 1, Long.MAX_VALUE);
                    body.check();
                    return jobs.claim(id(request), worker, fence);
                })
                .map(shown -> Reply.ok(shown.toClaimJson()));
    }

    private Future<Reply> complete(Request request) {
        return report(request, body -> {
            long satsCost = body.integer("sats_cost", 0, MAX_SATS);
            Long absorbed = body.optionalInteger("sats_absorbed", 0, MAX_SATS);
            Json result = body.optional("result");
            return () -> JobReport.success(
                    satsCost, absorbed, result == null || result == Json.Null.NULL ? null : result.encode());
        });
    }

    private Future<Reply> fail(Request request) {
        return report(request, body -> {
            String reason = body.string("reason", 64);
            if (!reason.isEmpty() && !JobReport.isReason(reason)) {
                body.reject("reason", "One of the documented reasons of a failure is expected.");
            }
            Long sats = body.optionalInteger("sats", 0, MAX_SATS);
            return () -> JobReport.failure(reason, sats);
        });
    }

    private Future<Reply> report(Request request, Function<Fields, Supplier<JobReport>> reader) {
        return callers.require(request, Scope.WORKER)
                .compose(worker -> {
                    request.query().check();
                    Fields body = request.fields();
                    long fence = body.integer("fence", 1, Long.MAX_VALUE);
                    Supplier<JobReport> report = reader.apply(body);
                    body.check();
                    return jobs.report(id(request), fence, worker, report.get());
                })
                .map(shown -> Reply.ok(shown.toJson()));
    }

    private Future<Reply> cancel(Request request) {
        return callers.require(request, Scope.USER, Scope.WORKER, Scope.OPERATOR)
                .compose(caller -> {
                    request.query().check();
                    request.fields().check();
                    return jobs.cancel(id(request), caller);
                })
                .map(shown -> Reply.ok(shown.toJson()));
    }

    private static UUID id(Request request) {
        return request.id("id").orElseThrow(JobViews::notFound);
    }
}
