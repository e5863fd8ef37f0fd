package dev.nostrtrust.job;

import dev.nostrtrust.config.Settings;
import java.time.Duration;

/**
 * When a job whose attempt has failed is tried again.
 *
 * @param maxAttempts the number of attempts after which the job fails
 * @param backoff the pause after the first attempt; it doubles with each further one, up to an hour
 */
record RetryPolicy(int maxAttempts, Duration backoff) {
    static RetryPolicy of(Settings settings) {
        return new RetryPolicy(settings.jobMaxAttempts(), settings.jobRetryBackoff());
    }
}
