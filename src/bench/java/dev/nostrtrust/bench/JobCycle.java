package dev.nostrtrust.bench;

import java.nio.ByteBuffer;

/** Creates a job in a queue of this connection's own, claims it as a worker, and completes it; again and again. */
final class JobCycle implements Conversation {
    private final ByteBuffer create;
    private final ByteBuffer claim;
    private final String worker;
    private Step step = Step.CREATE;
    private String id = "";
    private String fence = "";

    private enum Step {
        CREATE,
        CLAIM,
        COMPLETE
    }

    /**
     * Creates the conversation.
     *
     * @param user the token of a user
     * @param worker the token of a worker
     */
    JobCycle(String queue, String user, String worker) {
        this.worker = worker;
        this.create =
                HttpRequests.post("/api/jobs", user, "{\"queue\":\"" + queue + "\",\"request\":" + Seed.REQUEST + "}");
        this.claim = HttpRequests.post("/api/jobs/claim", worker, "{\"queues\":[\"" + queue + "\"]}");
    }

    @Override
    public ByteBuffer next() {
        return switch (step) {
            case CREATE -> create.duplicate();
            case CLAIM -> claim.duplicate();
            case COMPLETE ->
                HttpRequests.post(
                        "/api/jobs/" + id + "/complete",
                        worker,
                        "{\"fence\":" + fence + ",\"sats_cost\":21,\"result\":" + Seed.RESULT + "}");
        };
    }

    @Override
    public void answered(int status, ByteBuffer body) {
        switch (step) {
            case CREATE -> {
                HttpRequests.expect(201, status, body);
                step = Step.CLAIM;
            }
            case CLAIM -> {
                HttpRequests.expect(200, status, body);
                String json = HttpRequests.string(body);
                id = HttpRequests.text(json, "id");
                fence = HttpRequests.digits(json, "fence");
                step = Step.COMPLETE;
            }
            case COMPLETE -> {
                HttpRequests.expect(200, status, body);
                step = Step.CREATE;
            }
        }
    }
}
