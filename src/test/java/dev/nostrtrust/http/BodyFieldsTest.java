package dev.nostrtrust.http;

import static dev.nostrtrust.fixture.Refusals.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.error.Violation;
import dev.nostrtrust.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BodyFieldsTest {
    private static Json json(String text) {
        return Json.parse(text.getBytes(StandardCharsets.UTF_8));
    }

    private static BodyFields fields(String text) {
        return BodyFields.of(json(text));
    }

    private static List<String> violations(BodyFields fields) {
        return refusal(fields::check).violations().stream()
                .map(Violation::field)
                .toList();
    }

    @Test
    void fields_of_the_right_type_are_read() {
        BodyFields fields = fields("{\"name\":\"x\",\"count\":7,\"on\":true,\"inner\":{\"a\":1},\"any\":[1]}");

        assertThat(fields.string("name", 1)).isEqualTo("x");
        assertThat(fields.integer("count", 7, 7)).isEqualTo(7);
        assertThat(fields.flag("on", false)).isTrue();
        assertThat(fields.object("inner").encode()).isEqualTo("{\"a\":1}");
        assertThat(fields.optional("any")).isEqualTo(json("[1]"));
        fields.check();
    }

    @Test
    void an_optional_field_may_be_absent_or_null() {
        BodyFields fields = fields("{\"name\":null,\"count\":null,\"on\":null,\"time\":null}");

        assertThat(fields.optionalString("name", 9)).isNull();
        assertThat(fields.optionalInteger("count", 0, 9)).isNull();
        assertThat(fields.flag("on", true)).isTrue();
        assertThat(fields.optionalTime("time")).isNull();
        assertThat(fields.optionalString("absent", 9)).isNull();
        fields.check();
    }

    @Test
    void every_violation_is_collected_and_each_field_is_named_once() {
        BodyFields fields =
                fields("{\"name\":1,\"count\":10,\"on\":\"yes\",\"inner\":[],\"time\":\"soon\",\"extra\":1}");

        fields.string("name", 9);
        fields.integer("count", 0, 9);
        fields.flag("on", false);
        fields.object("inner");
        fields.optionalTime("time");
        fields.string("absent", 9);

        assertThat(violations(fields)).containsExactly("name", "count", "on", "inner", "time", "absent", "extra");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"\"", "\"abcd\"", "\"a\\u0000\"", "1", "[]"})
    void a_string_has_one_character_up_to_the_limit_and_no_null_character(String value) {
        BodyFields fields = fields("{\"name\":" + value + "}");

        fields.optionalString("name", 3);

        assertThat(violations(fields)).containsExactly("name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "10", "1.0", "1e400", "9223372036854775808", "\"1\"", "-0"})
    void an_integer_is_written_as_one_and_is_within_its_bounds(String value) {
        BodyFields fields = fields("{\"count\":" + value + "}");

        fields.optionalInteger("count", 0, 9);

        assertThat(violations(fields)).containsExactly("count");
    }

    @Test
    void a_time_is_read_to_the_microsecond_in_any_offset() {
        BodyFields fields = fields("{\"time\":\"2026-01-01T02:00:00.123456789+02:00\"}");

        assertThat(fields.optionalTime("time")).isEqualTo(Instant.parse("2026-01-01T00:00:00.123456Z"));
        fields.check();
    }

    @ParameterizedTest
    @ValueSource(strings = {"2026-01-01", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01T00:00Z", "1"})
    void another_form_of_a_time_is_a_violation(String time) {
        BodyFields fields = fields("{\"time\":\"" + time + "\"}");

        fields.optionalTime("time");

        assertThat(violations(fields)).containsExactly("time");
    }

    @Test
    void a_body_without_one_field_is_encoded_as_it_was_sent() {
        assertThat(fields("{\"b\":1e400,\"nostr_token\":\"secret\",\"a\":[null]}")
                        .encodeWithout("nostr_token"))
                .isEqualTo("{\"b\":1e400,\"a\":[null]}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "1", "\"x\"", "null", "true"})
    void a_body_that_is_no_object_is_refused(String body) {
        assertThat(refusal(() -> fields(body)).code()).isEqualTo(ErrorCode.INVALID_REQUEST);
    }
}
