package dev.nostrtrust.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.ratelimit.Limit;
import dev.nostrtrust.trust.model.Tier;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TierLimitsTest {
    private static final Caller USER = new Caller(Scope.USER, "a".repeat(64), new UUID(0, 1), Instant.EPOCH);
    private static final Caller OTHER = new Caller(Scope.USER, "b".repeat(64), new UUID(0, 2), Instant.EPOCH);
    private static final Settings SETTINGS = SettingsReader.of(Map.of(
                    "RATE_TIER_NEW", "10",
                    "RATE_TIER_ESTABLISHED", "20",
                    "RATE_TIER_ELITE", "0",
                    "RATE_WINDOW", "1m"))
            .settings();

    private final List<Caller> asked = new ArrayList<>();
    private Future<Tier> answer = Future.succeededFuture(Tier.NEW);
    private final TierLimits limits = limits(SETTINGS);

    private TierLimits limits(Settings settings) {
        return new TierLimits(settings, caller -> {
            asked.add(caller);
            return answer;
        });
    }

    private static Limit address(int quota) {
        return new Limit("address-all-creations", quota, Duration.ofMinutes(1));
    }

    @Test
    void a_user_has_the_limit_of_its_tier() {
        assertThat(limits.of(USER).result()).contains(new Limit("identity-creations", 10, Duration.ofMinutes(1)));

        answer = Future.succeededFuture(Tier.ESTABLISHED);
        assertThat(limits.of(OTHER).result().map(Limit::quota)).contains(20);
    }

    @Test
    void a_tier_without_a_quota_has_no_limit() {
        answer = Future.succeededFuture(Tier.ELITE);

        assertThat(limits.of(USER).result()).isEmpty();
    }

    @Test
    void a_tier_is_remembered_for_each_user() {
        limits.of(USER);
        limits.of(USER);
        limits.of(OTHER);

        assertThat(asked).containsExactly(USER, OTHER);
    }

    @Test
    void callers_without_an_identity_have_no_limit_of_their_own() {
        assertThat(limits.of(Caller.ANONYMOUS).result()).isEmpty();
        assertThat(limits.of(new Caller(Scope.SERVICE, "shop", null, null)).result())
                .isEmpty();
        assertThat(asked).isEmpty();
    }

    @Test
    void without_rate_limits_no_tier_is_read() {
        TierLimits off =
                limits(SettingsReader.of(Map.of("RATE_LIMITS", "false")).settings());

        assertThat(off.of(USER).result()).isEmpty();
        assertThat(asked).isEmpty();
    }

    @Test
    void a_user_who_may_not_act_is_refused_each_time() {
        answer = Future.failedFuture(ApiError.of(ErrorCode.IDENTITY_BLOCKED, "Blocked."));

        assertThat(limits.of(USER).cause()).hasMessage("Blocked.");
        assertThat(limits.of(USER).cause()).hasMessage("Blocked.");
        assertThat(asked).hasSize(2);
    }

    @Test
    void no_limit_applies_while_the_database_is_unavailable_and_nothing_is_remembered() {
        answer = Future.failedFuture(
                ApiError.unavailable(ErrorCode.DATABASE_UNAVAILABLE, "Away.", Duration.ofSeconds(1)));
        Optional<Limit> away = limits.of(USER).result();

        answer = Future.succeededFuture(Tier.NEW);

        assertThat(away).isEmpty();
        assertThat(limits.of(USER).result().map(Limit::quota)).contains(10);
    }

    @Test
    void only_a_remembered_tier_with_an_equal_or_higher_quota_replaces_the_limit_of_an_address() {
        assertThat(limits.allowsAtLeast(USER, address(10))).isFalse();

        limits.of(USER);
        answer = Future.succeededFuture(Tier.ELITE);
        limits.of(OTHER);

        assertThat(limits.allowsAtLeast(USER, address(10))).isTrue();
        assertThat(limits.allowsAtLeast(USER, address(11))).isFalse();
        assertThat(limits.allowsAtLeast(OTHER, address(1_000_000))).isTrue();
    }
}
