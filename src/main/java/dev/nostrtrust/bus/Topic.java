package dev.nostrtrust.bus;

/** The addresses of the event bus. The address contains the version. Within a version, fields are only added. */
public enum Topic {
    /** Sent: facts wait to be scored. */
    TRUST_PENDING("trust.v1.pending"),
    /** Published: a ledger entry was scored. */
    TRUST_CHANGED("trust.v1.changed"),
    /** Request and reply: score and tier of a key. */
    TRUST_GET("trust.v1.get"),
    /** Published: a job changed its state. */
    JOBS_CHANGED("jobs.v1.changed"),
    /** Published: a worker reported progress on a job. */
    JOBS_PROGRESS("jobs.v1.progress"),
    /** Published: a session changed its state. */
    SESSIONS_CHANGED("sessions.v1.changed");

    private final String address;

    Topic(String address) {
        this.address = address;
    }

    public String address() {
        return address;
    }

    /** The message type, without the version: {@code trust.changed}. */
    public String type() {
        return address.replace(".v1.", ".");
    }
}
