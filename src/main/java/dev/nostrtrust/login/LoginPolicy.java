package dev.nostrtrust.login;

import dev.nostrtrust.config.Origins;
import java.time.Duration;
import java.util.List;

/**
 * What a proof of a key has to look like here.
 *
 * @param challengeTtl how long a challenge is good for
 * @param kinds the kinds of event that are accepted
 */
record LoginPolicy(Origins origins, Duration challengeTtl, List<Integer> kinds) {
    /** The kind of NIP-98. */
    static final int HTTP_AUTH = 27235;
    /** The kind of NIP-42. */
    static final int RELAY_AUTH = 22242;

    LoginPolicy {
        kinds = List.copyOf(kinds);
    }
}
