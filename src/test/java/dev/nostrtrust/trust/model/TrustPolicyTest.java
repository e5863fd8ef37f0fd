package dev.nostrtrust.trust.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.nostrtrust.trust.model.TrustPolicy.Model;
import dev.nostrtrust.trust.model.TrustPolicy.PolicyException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrustPolicyTest {

    @Test
    void without_configuration_the_policy_is_the_balance_model_with_its_defaults() {
        TrustPolicy policy = TrustPolicy.defaults();

        assertThat(policy.model()).isEqualTo(Model.BALANCE);
        assertThat(policy.halfLifeDays()).isEqualTo(60);
        assertThat(policy.halfwaySats()).isEqualTo(10_000);
        assertThat(policy.baseline()).isEqualTo(10);
        assertThat(policy.creditPerSat()).isEqualTo(1);
        assertThat(policy.creditFlat()).isEqualTo(0);
        assertThat(policy.faultMultiplier()).isEqualTo(4);
        assertThat(policy.faultFloors()).containsOnlyKeys(FaultReason.values());
        assertThat(policy.faultFloors().values()).containsOnly(1_000.0);
        assertThat(policy.thresholds())
                .isEqualTo(Map.of(Tier.NEW, 8.0, Tier.ESTABLISHED, 30.0, Tier.TRUSTED, 60.0, Tier.ELITE, 80.0));
        assertThat(policy.hysteresis()).isEqualTo(5);
        assertThat(policy.decayGraceDays()).isEqualTo(30);
        assertThat(policy.decayPointsPerDay()).isEqualTo(1);
    }

    @Test
    void the_linear_model_has_defaults_of_its_own() {
        TrustPolicy policy = parse("TRUST_MODEL=linear");

        assertThat(policy.model()).isEqualTo(Model.LINEAR);
        assertThat(policy.creditFlat()).isEqualTo(1);
        assertThat(policy.faultFloors().values()).containsOnly(5.0);
        assertThat(policy.baseline()).isEqualTo(10);
        assertThat(policy.thresholds()).isEqualTo(TrustPolicy.defaults().thresholds());
    }

    @Test
    void the_linear_model_ignores_the_configured_amounts_multiplier_and_hysteresis() {
        TrustPolicy policy = parse(
                "TRUST_MODEL=linear",
                "TRUST_CREDIT_PER_SAT=2",
                "TRUST_FAULT_MULTIPLIER=7",
                "TRUST_TIER_HYSTERESIS=9",
                "TRUST_CREDIT_FLAT=3");

        assertThat(policy.creditPerSat()).isEqualTo(0);
        assertThat(policy.faultMultiplier()).isEqualTo(1);
        assertThat(policy.hysteresis()).isEqualTo(0);
        assertThat(policy.creditFlat()).isEqualTo(3);
    }

    @Test
    void a_reason_without_its_own_floor_has_the_general_floor() {
        TrustPolicy policy = parse("TRUST_FAULT_FLOOR_SATS=250", "TRUST_FAULT_FLOOR_SATS_CANCELLED_LATE=10");

        assertThat(policy.faultFloor(FaultReason.CANCELLED_LATE)).isEqualTo(10);
        assertThat(policy.faultFloor(FaultReason.UNPAID)).isEqualTo(250);
    }

    @Test
    void hysteresis_holds_from_established_upwards() {
        TrustPolicy policy = TrustPolicy.defaults();

        assertThat(policy.keepThreshold(Tier.ANONYMOUS)).isEqualTo(0);
        assertThat(policy.keepThreshold(Tier.NEW)).isEqualTo(8);
        assertThat(policy.keepThreshold(Tier.ESTABLISHED)).isEqualTo(25);
        assertThat(policy.keepThreshold(Tier.TRUSTED)).isEqualTo(55);
        assertThat(policy.keepThreshold(Tier.ELITE)).isEqualTo(75);
    }

    @Test
    void a_contradictory_policy_is_refused_with_every_problem() {
        List<String> problems = problems(
                "TRUST_HALF_LIFE_DAYS=-1",
                "TRUST_CREDIT_PER_SAT=plenty",
                "TRUST_FAULT_FLOOR_SATS_THEFT=9",
                "TRUST_FAULT_FLOOR_SATS_unpaid=9",
                "TRUST_HALF_LIVE=60",
                "TRUST_BASELINE=45",
                "TRUST_TIER_NEW=50",
                "TRUST_TIER_ESTABLISHED=40",
                "TRUST_TIER_TRUSTED=40",
                "TRUST_TIER_ELITE=100");

        assertThat(problems)
                .containsExactlyInAnyOrder(
                        "TRUST_HALF_LIFE_DAYS must be a number above 0 to 1000000000000000, not \"-1\"",
                        "TRUST_CREDIT_PER_SAT must be a number from 0 to 1000000000000000, not \"plenty\"",
                        "TRUST_FAULT_FLOOR_SATS_THEFT must end with one of the reasons "
                                + List.of(FaultReason.values()),
                        "TRUST_FAULT_FLOOR_SATS_unpaid must end with one of the reasons "
                                + List.of(FaultReason.values()),
                        "TRUST_HALF_LIVE is not a setting of the trust policy",
                        "TRUST_TIER_ESTABLISHED must be above TRUST_TIER_NEW",
                        "TRUST_TIER_TRUSTED must be above TRUST_TIER_ESTABLISHED",
                        "TRUST_BASELINE must be at least TRUST_TIER_NEW, or a newcomer would have the tier anonymous",
                        "TRUST_BASELINE must be below TRUST_TIER_ESTABLISHED, or a newcomer would be established without a payment",
                        "TRUST_TIER_ELITE must be below 100, because no balance reaches the score 100");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "TRUST_MODEL=beta",
                "TRUST_MODEL=LINEAR",
                "TRUST_HALF_LIFE_DAYS=0",
                "TRUST_HALFWAY_SATS=0",
                "TRUST_HALFWAY_SATS=1e16",
                "TRUST_FAULT_MULTIPLIER=-4",
                "TRUST_FAULT_FLOOR_SATS=-1",
                "TRUST_TIER_NEW=0",
                "TRUST_TIER_HYSTERESIS=-5",
                "TRUST_TIER_HYSTERESIS=101",
                "TRUST_CREDIT_FLAT=NaN",
                "TRUST_CREDIT_FLAT=Infinity",
                "TRUST_CREDIT_FLAT=0x10",
                "TRUST_CREDIT_FLAT=1,5",
                "TRUST_DECAY_GRACE_DAYS=-1",
                "TRUST_DECAY_POINTS_PER_DAY=-1",
                "TRUST_FAULT_FLOOR_SATS_=1",
                "TRUST_ANYTHING=1"
            })
    void a_problem_is_reported_once_and_names_its_variable(String setting) {
        assertThat(problems(setting)).singleElement().asString().startsWith(setting.split("=", -1)[0]);
    }

    @ParameterizedTest
    @CsvSource({"'', 60", "'  ', 60", "' 90 ', 90", "4.5e1, 45", "0.25, 0.25", "1e15, 1e15"})
    void a_number_is_decimal_and_a_blank_value_means_the_default(String text, double days) {
        assertThat(parse("TRUST_HALF_LIFE_DAYS=" + text).halfLifeDays()).isEqualTo(days);
    }

    @Test
    void a_blank_model_is_the_default_one() {
        assertThat(parse("TRUST_MODEL=")).isEqualTo(TrustPolicy.defaults());
    }

    @Test
    void the_linear_model_reaches_100_points_and_may_begin_a_tier_there() {
        assertThat(parse("TRUST_MODEL=linear", "TRUST_TIER_ELITE=100").threshold(Tier.ELITE))
                .isEqualTo(100);
    }

    @ParameterizedTest
    @EnumSource
    void the_canonical_form_reads_back_as_the_same_policy(Model model) {
        Trials.of(300, (random, trials) -> {
            TrustPolicy policy = random.nextInt(100) == 0 ? Policies.wild(model, random) : Policies.any(model, random);

            TrustPolicy read = parse(policy.canonical());

            assertThat(read).isEqualTo(policy);
            assertThat(read.version()).isEqualTo(policy.version());
        });
    }

    @Test
    void the_version_is_a_constant_of_the_numbers() {
        assertThat(TrustPolicy.defaults().version()).isEqualTo("50a9a8eaf5bf");
        assertThat(parse("TRUST_HALF_LIFE_DAYS=60.0").version())
                .isEqualTo(TrustPolicy.defaults().version());
        assertThat(parse("TRUST_MODEL=linear").version()).isEqualTo("da04fb038390");
        assertThat(parse("TRUST_HALF_LIFE_DAYS=60.000001").version())
                .isNotEqualTo(TrustPolicy.defaults().version());
    }

    private static TrustPolicy parse(String... settings) {
        return TrustPolicy.parse(Policies.variables(String.join("\n", settings)));
    }

    private static List<String> problems(String... settings) {
        PolicyException refused = catchThrowableOfType(PolicyException.class, () -> parse(settings));
        assertThat(refused).as("a refusal").isNotNull();
        assertThat(refused).hasMessage(String.join("\n", refused.problems()));
        return refused.problems();
    }
}
