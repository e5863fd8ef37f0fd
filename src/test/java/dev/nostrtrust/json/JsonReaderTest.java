package dev.nostrtrust.json;

import static dev.nostrtrust.fixture.Refusals.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.error.ErrorCode;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":[1,-2.50,1e400,true,false,null,\"\\\"\"],\"b\":{}}",
                "[]",
                "\"\ud83d\ude00\u2028/\"",
                "18446744073709551617",
                "0"
            })
    void what_is_read_is_written_back_to_the_letter(String text) {
        assertThat(Json.parse(text).encode()).isEqualTo(text);
        assertThat(Json.parse(text.getBytes(StandardCharsets.UTF_8)).encode()).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", " ", "{", "[1,", "{\"a\":1,\"a\":2}", "{\"a\":{\"b\":1,\"b\":2}}", "[1] 2", "{} x", "NaN",
                        "Infinity",
                "01", "+1", ".5", "1.", "'a'", "{a:1}", "[1,]", "// c\n1", "\"\\ud800\"", "\"\\udc00\\ud800\"",
                "{\"\\ud800\":1}", "\"\\x\"", "\"a\nb\"", "\ufeff1", "tru", "[1}", "\"abc"
            })
    void what_is_not_strict_json_is_refused(String text) {
        assertThat(refusal(() -> Json.parse(text)).code()).isEqualTo(ErrorCode.INVALID_JSON);
        assertThat(refusal(() -> Json.parse(text.getBytes(StandardCharsets.UTF_8)))
                        .code())
                .isEqualTo(ErrorCode.INVALID_JSON);
    }

    @Test
    void bytes_that_are_not_utf_8_are_refused() {
        byte[][] samples = {
            {'"', (byte) 0xff, '"'},
            {'"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"'},
            {'"', (byte) 0xc0, (byte) 0xaf, '"'},
            {'"', (byte) 0xf0, (byte) 0x9f, '"'},
            "{\"a\":1}".getBytes(StandardCharsets.UTF_16)
        };

        for (byte[] sample : samples) {
            assertThat(refusal(() -> Json.parse(sample)).code()).isEqualTo(ErrorCode.INVALID_JSON);
        }
    }

    @Test
    void nesting_is_bounded() {
        assertThat(Json.parse("[".repeat(64) + "]".repeat(64))).isNotNull();
        assertThat(refusal(() -> Json.parse("[".repeat(65) + "]".repeat(65))).code())
                .isEqualTo(ErrorCode.INVALID_JSON);
        assertThat(refusal(() -> Json.parse("[".repeat(10_000))).code()).isEqualTo(ErrorCode.INVALID_JSON);
        assertThat(refusal(() -> Json.parse("{\"a\":".repeat(10_000))).code()).isEqualTo(ErrorCode.INVALID_JSON);
    }

    @Test
    void each_reason_is_named() {
        assertThat(refusal(() -> Json.parse("1".repeat(101))).detail()).contains("more than 100 characters");
        assertThat(refusal(() -> Json.parse("[0." + "1".repeat(99) + "]")).detail())
                .contains("100 characters");
        assertThat(refusal(() -> Json.parse("1e" + "1".repeat(99))).detail()).contains("100 characters");
        assertThat(refusal(() -> Json.parse("{\"a\":1,\"\\u0061\":1}")).detail())
                .contains("duplicate key");
        assertThat(refusal(() -> Json.parse("[".repeat(65))).detail()).contains("64 levels");
        assertThat(refusal(() -> Json.parse("\ufeff{}")).detail()).contains("byte order mark");
        assertThat(refusal(() -> Json.parse("{} {}")).detail()).contains("continues after");
        assertThat(Json.parse("1".repeat(100)).encode()).hasSize(100);
    }

    @Test
    void a_number_keeps_its_literal() {
        assertThat(((Json.Num) Json.parse("27235.0")).isInteger()).isFalse();
        assertThat(((Json.Num) Json.parse("-0")).isInteger()).isFalse();
        assertThat(((Json.Num) Json.parse("42")).integer(0, 42)).isEqualTo(42);
        assertThat(((Json.Num) Json.parse("43")).integer(0, 42)).isNull();
        assertThat(((Json.Num) Json.parse("-9223372036854775808")).integer(Long.MIN_VALUE, 0))
                .isEqualTo(Long.MIN_VALUE);
        assertThat(((Json.Num) Json.parse("9223372036854775808")).integer(0, Long.MAX_VALUE))
                .isNull();
    }

    @Test
    void control_characters_are_escaped_in_lower_case() {
        assertThat(Json.of("\u000b\u001f\u007f\b\t\n\f\r\"\\/").encode())
                .isEqualTo("\"\\u000b\\u001f\u007f\\b\\t\\n\\f\\r\\\"\\\\/\"");
    }
}
