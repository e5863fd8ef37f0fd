package dev.nostrtrust.client;

import io.vertx.core.json.JsonObject;
import java.time.Instant;

/**
 * An answer of a server with a status of 2xx.
 *
 * @param date the server's time when it answered, in whole seconds; the time of this machine if the answer has none
 */
record ServerAnswer(JsonObject body, Instant date) {}
