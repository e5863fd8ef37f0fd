package dev.nostrtrust.torture;

import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.torture.Client.Call;
import dev.nostrtrust.torture.Client.Reply;
import dev.nostrtrust.torture.Diary.Fact;
import dev.nostrtrust.torture.Diary.Promise;
import dev.nostrtrust.torture.Diary.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * A worker and an operator: they claim jobs and report on them, once, twice, and sometimes in two ways at the same
 * time; and insist until they know what became of a report.
 */
final class Workshop {
    private static final List<String> FAULTS = List.of("unpaid", "expired", "abuse", "policy_rejected");

    private final Client client;
    private final Diary diary;
    private final String worker;
    private final String operator;

    Workshop(Client client, Diary diary, Cluster cluster) {
        this.client = client;
        this.diary = diary;
        this.worker = cluster.token(Scope.WORKER);
        this.operator = cluster.token(Scope.OPERATOR);
    }

    /** A request that finishes a job, and what a 200 to it promises. */
    private record Move(Call call, Source source, Promise promise) {}

    /** Takes a queued job to its end. */
    void serve(String job, String pubkey, String token, Random random) {
        Optional<Reply> claim = client.send(Call.post("/api/jobs/" + job + "/claim", worker, ""))
                .join();
        // A claim whose answer was lost is left alone: its lease ends, and the job is queued again.
        if (claim.isEmpty() || !claim.get().ok()) {
            return;
        }
        long fence = claim.get().json().get("fence").asLong();
        List<Move> moves = moves(job, pubkey, token, fence, random);
        boolean done = together(moves);
        for (Move move : moves) {
            done |= insist(move);
        }
        if (done && !pubkey.isEmpty()) {
            afterwards(job, pubkey, random);
        }
    }

    /** One report, often twice, and now and then with others that contradict it. */
    private List<Move> moves(String job, String pubkey, String token, long fence, Random random) {
        List<Move> moves = new ArrayList<>();
        Move report = report(job, pubkey, fence, random);
        moves.add(report);
        if (random.nextInt(3) == 0) {
            moves.add(report);
        }
        if (random.nextInt(5) == 0) {
            moves.add(report(job, pubkey, fence, random));
        }
        if (!pubkey.isEmpty() && random.nextInt(20) == 0) {
            Call cancel = Call.post("/api/jobs/" + job + "/cancel", token, "");
            moves.add(new Move(
                    cancel,
                    new Source("job", job),
                    new Promise("cancel", new Fact(pubkey, "failure", "cancelled_late", 0))));
        }
        return moves;
    }

    private Move report(String job, String pubkey, long fence, Random random) {
        int die = random.nextInt(10);
        long sats = random.nextInt(5000);
        boolean success = die < 7;
        String reason = success ? "" : die < 9 ? FAULTS.get(random.nextInt(FAULTS.size())) : "worker_error";
        Call call = success
                ? Call.post(
                        "/api/jobs/" + job + "/complete",
                        worker,
                        "{\"fence\":" + fence + ",\"sats_cost\":" + sats + "}")
                : Call.post(
                        "/api/jobs/" + job + "/fail",
                        worker,
                        "{\"fence\":" + fence + ",\"reason\":\"" + reason + "\",\"sats\":" + sats + "}");
        boolean none = pubkey.isEmpty() || reason.equals("worker_error");
        Fact fact = none ? null : new Fact(pubkey, success ? "success" : "failure", reason, sats);
        return new Move(call, new Source("job", job), new Promise(call.path() + call.body(), fact));
    }

    /** Sometimes what was done is taken back, or a balance is put right: each told twice. */
    private void afterwards(String job, String pubkey, Random random) {
        if (random.nextInt(20) == 0) {
            Call reverse = Call.post("/api/jobs/" + job + "/reverse", operator, "{}");
            Move move = new Move(
                    reverse, new Source("reversal", job), new Promise("reverse", new Fact(pubkey, "reversal", "", 0)));
            together(List.of(move, move));
        }
        if (random.nextInt(10) == 0) {
            long sats = random.nextInt(2000) - 1000L;
            String key = UUID.randomUUID().toString();
            Call adjust = Call.post("/api/trust/" + pubkey + "/adjust", operator, "{\"sats\":" + sats + "}")
                    .once(key);
            Move move = new Move(
                    adjust,
                    new Source("operator", "test-operator:" + key),
                    new Promise("adjust", new Fact(pubkey, "adjustment", "", sats)));
            together(List.of(move, move));
            insist(move);
        }
    }

    private boolean together(List<Move> moves) {
        List<CompletableFuture<Optional<Reply>>> sent =
                moves.stream().map(move -> client.send(move.call())).toList();
        boolean any = false;
        for (int i = 0; i < moves.size(); i++) {
            any |= note(moves.get(i), sent.get(i).join());
        }
        return any;
    }

    private boolean insist(Move move) {
        return note(move, client.insist(move.call()));
    }

    /** Whether it was promised. A cancellation that came before any claim is no fact. */
    private boolean note(Move move, Optional<Reply> reply) {
        if (reply.isEmpty() || !reply.get().ok()) {
            return false;
        }
        boolean early = move.promise().report().equals("cancel")
                && !reply.get().text("reason").equals("cancelled_late");
        diary.promised(move.source(), early ? new Promise("cancel", null) : move.promise());
        return true;
    }
}
