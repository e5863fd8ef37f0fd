package dev.nostrtrust.login;

import dev.nostrtrust.config.Origins;
import dev.nostrtrust.json.Json;
import dev.nostrtrust.login.Challenge.Purpose;
import java.time.Instant;
import java.util.List;

/** A challenge as the API returns it. */
record IssuedChallenge(String nonce, String origin, Purpose purpose, Instant issuedAt, Instant expiresAt) {

    /** The statement that the signer shows to its user. */
    String statement() {
        return purpose.statement(Origins.authority(origin));
    }

    /** The tags of the event to sign; every value is a string. */
    List<List<String>> tags() {
        return List.of(
                List.of("u", purpose.url(origin)),
                List.of("method", purpose.method()),
                List.of("challenge", nonce),
                List.of("expiration", Long.toString(expiresAt.getEpochSecond())));
    }

    /** The event template to sign. It has no id and no key, because some signers would sign them unchecked. */
    Json.Obj template() {
        return Json.object()
                .put("kind", LoginPolicy.HTTP_AUTH)
                .put("created_at", issuedAt.getEpochSecond())
                .put("content", statement())
                .put("tags", Json.array(tags().stream().map(Json::strings).toList()))
                .build();
    }
}
