package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;

/** Asks for work and does it, as most tests of jobs need it. */
public final class Work {
    static final String ORDER = "{\"request\":{\"prompt\":\"hello\"}}";

    private final TestServer server;
    private final Api worker;

    public Work(TestServer server) {
        this.server = server;
        this.worker = Api.of(server).as(server.token(Scope.WORKER));
    }

    public Api worker() {
        return worker;
    }

    /** A new job's id. */
    public String order(Api as) {
        Answer answer = as.post("/api/jobs", ORDER);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(201);
        assertThat(answer.header("Location")).contains("/api/jobs/" + answer.text("id"));
        return answer.text("id");
    }

    /** The fence of a claim that has to succeed. */
    public long claim(String job) {
        Answer answer = worker.post("/api/jobs/" + job + "/claim");
        assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
        return answer.json().get("fence").asLong();
    }

    public Answer complete(String job, long fence, long sats) {
        return worker.post(
                "/api/jobs/" + job + "/complete",
                "{\"fence\":" + fence + ",\"sats_cost\":" + sats + ",\"result\":{\"text\":\"hi\"}}");
    }

    public Answer fail(String job, long fence, String reason, long sats) {
        return worker.post(
                "/api/jobs/" + job + "/fail",
                "{\"fence\":" + fence + ",\"reason\":\"" + reason + "\",\"sats\":" + sats + "}");
    }

    /** How many facts followed from a job. */
    long facts(String job) {
        return server.count("SELECT count(*) FROM trust_ledger WHERE source = 'job' AND source_id = '" + job + "'");
    }
}
