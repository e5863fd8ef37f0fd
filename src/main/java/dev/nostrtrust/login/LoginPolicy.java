package dev.nostrtrust.login;

import dev.nostrtrust.config.Origins;
import java.time.Duration;
import java.util.List;

/**
 * The requirements on a proof of a key.
 *
 * @param challengeTtl the lifetime of a challenge
 * @param kinds the accepted event kinds
 */
record LoginPolicy(Origins origins, Duration challengeTtl, List<Integer> kinds) {
    /** The event kind of NIP-98. */
    static final int HTTP_AUTH = 27235;
    /** The event kind of NIP-42. */
    static final int RELAY_AUTH = 22242;

    LoginPolicy {
        kinds = List.copyOf(kinds);
    }
}
