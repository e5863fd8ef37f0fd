package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.fixture.BusRecorder;
import dev.nostrtrust.fixture.BusRecorder.Sent;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** All that makes a server say something on its event bus, once. Each HTTP request is of a trace of its own. */
final class EventJourney implements AutoCloseable {
    static final String REQUEST = "trust.v1.get.request";
    static final String REPLY = "trust.v1.get.reply";
    static final String MANY_REQUEST = "trust.v1.get.many.request";
    static final String MANY_REPLY = "trust.v1.get.many.reply";

    private final TestServer server;
    private final BusRecorder recorder;
    private final User user = new User();
    private final Map<String, String> traces = new HashMap<>();
    private final Map<Object, Integer> refusals = new HashMap<>();
    private int requests;

    private EventJourney(TestServer server) {
        this.server = server;
        this.recorder = BusRecorder.of(server);
    }

    /** Goes the whole way, on a server of its own. */
    static EventJourney travelled() {
        TestServer server = TestServer.start(Map.of("SWEEP_INTERVAL", "50ms"));
        EventJourney journey = new EventJourney(server);
        Api own = Api.of(server).as(journey.user.logIn(Api.of(server)));
        journey.workIsDone(own);
        journey.workFails(own);
        journey.timePasses(own);
        journey.operatorsAct();
        journey.keysAreAskedFor();
        return journey;
    }

    TestServer server() {
        return server;
    }

    @Override
    public void close() {
        server.close();
    }

    /** The messages that a schema is of. */
    List<Sent> messages(String schema) {
        return switch (schema) {
            case REQUEST, MANY_REQUEST ->
                recorder.on("trust.v1.get").stream()
                        .filter(sent -> !refusals.containsKey(sent.body()))
                        .filter(sent -> sent.body().has("pubkeys") == schema.equals(MANY_REQUEST))
                        .toList();
            case REPLY, MANY_REPLY ->
                recorder.all().stream()
                        .filter(sent -> sent.address().startsWith("__vertx.reply")
                                && sent.body().isObject()
                                && sent.body().has("identities") == schema.equals(MANY_REPLY))
                        .toList();
            default -> recorder.on(schema);
        };
    }

    List<Sent> all() {
        return recorder.all();
    }

    /** The trace of the HTTP request that made a change, by the change's id; none where no request made it. */
    Map<String, String> traces() {
        return traces;
    }

    /** The code with which each body that cannot be answered was refused. */
    Map<Object, Integer> refusals() {
        return refusals;
    }

    private void workIsDone(Api own) {
        String session = post(own, "/api/sessions", "{}", "/open");
        String job = post(own, "/api/sessions/" + session + "/requests", Work.ORDER, "/queued/0");
        claim(job);
        worker(job, "/heartbeat", "{\"fence\":" + fence(job) + ",\"progress\":50}", "");
        Waiting.until(() -> !recorder.on("jobs.v1.progress").isEmpty());
        worker(job, "/complete", "{\"fence\":" + fence(job) + ",\"sats_cost\":3000}", "/succeeded/1");
        post(own, "/api/sessions/" + session + "/close", "{}", "/closed");
        post(Api.of(server), "/api/jobs", Work.ORDER, "/queued/0");
        entries(1);
        post(Api.of(server).as(server.token(Scope.OPERATOR)), "/api/jobs/" + job + "/reverse", "{}", "");
        entries(2);
    }

    private void workFails(Api own) {
        String unpaid = post(own, "/api/jobs", Work.ORDER, "/queued/0");
        claim(unpaid);
        worker(unpaid, "/fail", "{\"fence\":" + fence(unpaid) + ",\"reason\":\"unpaid\",\"sats\":800}", "/failed/1");
        entries(3);
        String early = post(own, "/api/jobs", Work.ORDER, "/queued/0");
        post(own, "/api/jobs/" + early + "/cancel", "{}", "/cancelled/0");
        String late = post(own, "/api/jobs", Work.ORDER, "/queued/0");
        claim(late);
        post(own, "/api/jobs/" + late + "/cancel", "{}", "/cancelled/1");
        entries(4);
    }

    private void timePasses(Api own) {
        String session = post(own, "/api/sessions", "{}", "/open");
        String lost = post(own, "/api/jobs", Work.ORDER, "/queued/0");
        claim(lost);
        String deadline = server.clock().instant().plus(Duration.ofMinutes(5)).toString();
        String late = post(own, "/api/jobs", "{\"request\":{},\"deadline\":\"" + deadline + "\"}", "/queued/0");

        server.clock().advance(Duration.ofHours(25));
        for (String change : List.of(session + "/expired", lost + "/queued/1", late + "/expired/0")) {
            Waiting.until(() ->
                    recorder.all().stream().anyMatch(sent -> sent.header("id").equals(change)));
        }
    }

    private void operatorsAct() {
        post(
                Api.of(server).as(server.token(Scope.OPERATOR)),
                "/api/trust/" + user.pubkey() + "/adjust",
                "{\"sats\":60000}",
                "");
        entries(5);
    }

    private void keysAreAskedFor() {
        server.ask("trust.v1.get", new JsonObject().put("pubkey", user.npub()));
        User newcomer = new User();
        newcomer.logIn(Api.of(server));
        server.ask("trust.v1.get", new JsonObject().put("pubkey", newcomer.pubkey()));
        server.ask(
                "trust.v1.get",
                new JsonObject()
                        .put("pubkeys", new JsonArray().add(user.pubkey()).add(newcomer.npub())));
        refuse(new JsonObject().put("pubkey", new User().pubkey()));
        for (JsonObject malformed :
                List.of(new JsonObject(), new JsonObject().put("pubkey", "x"), new JsonObject().put("pubkey", 1))) {
            refuse(malformed);
        }
    }

    private void refuse(JsonObject body) {
        ReplyException refusal = catchThrowableOfType(ReplyException.class, () -> server.ask("trust.v1.get", body));
        refusals.put(EventJourney.json(body), refusal.failureCode());
    }

    private static Object json(JsonObject body) {
        return Api.JSON.valueToTree(body.getMap());
    }

    private long fence(String job) {
        return server.count("SELECT fence FROM jobs WHERE id = '" + job + "'");
    }

    private void claim(String job) {
        worker(job, "/claim", "{}", "/running/1");
    }

    private void worker(String job, String path, String body, String change) {
        post(Api.of(server).as(server.token(Scope.WORKER)), "/api/jobs/" + job + path, body, change);
    }

    /**
     * Posts within a trace of its own.
     *
     * @param change what the id of the message ends in that this leads to; empty where there is none
     * @return the id of what was made or changed
     */
    private String post(Api as, String path, String body, String change) {
        String trace = String.format("%032x", ++requests);
        Answer answer =
                as.with("traceparent", "00-" + trace + "-00000000000000ff-01").post(path, body);
        assertThat(answer.status()).as(path + " " + answer).isIn(200, 201);
        assertThat(answer.header("X-Trace-Id")).contains(trace);
        traces.put(change.isEmpty() ? path : answer.text("id") + change, trace);
        return answer.text("id");
    }

    private void entries(int count) {
        Waiting.until(() -> recorder.on("trust.v1.changed").size() >= count);
    }
}
