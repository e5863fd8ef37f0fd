package dev.nostrtrust.error;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.yaml.snakeyaml.Yaml;

/** Clients switch on the codes, so the list and the contract are the same. */
class ErrorCodeTest {
    private static List<String> codes() {
        return Arrays.stream(ErrorCode.values()).map(ErrorCode::code).toList();
    }

    /** The values of the member {@code code} of a problem in the contract. */
    private static List<String> documented() throws IOException {
        try (InputStream contract = ErrorCode.class.getResourceAsStream("/openapi.yaml")) {
            JsonNode codes = new ObjectMapper()
                    .valueToTree(new Yaml().<Object>load(contract))
                    .at("/components/schemas/ProblemCode/enum");
            List<String> values = new ArrayList<>();
            codes.forEach(code -> values.add(code.asText()));
            return values;
        }
    }

    @Test
    void the_contract_has_every_code_once_and_no_other() throws IOException {
        assertThat(documented()).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(codes());
    }

    @ParameterizedTest
    @EnumSource
    void a_code_is_snake_case_and_independent_of_the_locale(ErrorCode code) {
        assertThat(code.code()).matches("[a-z]+(_[a-z]+)*").isEqualToIgnoringCase(code.name());
    }

    @Test
    void errors_that_clients_repeat_are_unavailable_too_many_or_in_flight() {
        assertThat(Arrays.stream(ErrorCode.values()).filter(code -> code.nature() == ErrorCode.Nature.UNAVAILABLE))
                .containsExactly(ErrorCode.OVERLOADED, ErrorCode.DATABASE_UNAVAILABLE);
        assertThat(ErrorCode.RATE_LIMITED.nature()).isEqualTo(ErrorCode.Nature.TOO_MANY);
        assertThat(ErrorCode.IDEMPOTENCY_IN_FLIGHT.nature()).isEqualTo(ErrorCode.Nature.CONFLICT);
    }

    @Test
    void every_nature_has_a_code_and_only_one_code_is_a_bug() {
        assertThat(Arrays.stream(ErrorCode.values()).map(ErrorCode::nature)).contains(ErrorCode.Nature.values());
        assertThat(Arrays.stream(ErrorCode.values()).filter(code -> code.nature() == ErrorCode.Nature.BUG))
                .containsExactly(ErrorCode.INTERNAL_ERROR);
    }
}
