package dev.nostrtrust.trust.replay;

import dev.nostrtrust.trust.model.Standing;
import java.time.Instant;

/**
 * The trust columns of an identity's row as they are stored.
 *
 * @param score as of the standing's time
 * @param policyVersion of the policy under which it was scored last, or first seen
 * @param createdAt when the identity was first seen
 */
public record StoredStanding(Standing standing, double score, String policyVersion, Instant createdAt) {

    String place() {
        return "identity " + standing.pubkey().hex();
    }
}
