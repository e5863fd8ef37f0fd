package dev.nostrtrust.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestPathTest {
    @ParameterizedTest
    @ValueSource(strings = {"/", "/api/jobs", "/.well-known/jwks.json", "/a/...", "/api/jobs/x.y"})
    void a_plain_path_is_canonical(String path) {
        assertThat(RequestPath.isCanonical(path)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "api/jobs",
                "*",
                "//",
                "//api/jobs",
                "/api//jobs",
                "/api/jobs/",
                "/./",
                "/.",
                "/..",
                "/api/./jobs",
                "/api/x/../jobs",
                "/api/%6Aobs",
                "/api%2Fjobs"
            })
    void another_spelling_of_a_path_is_not_canonical(String path) {
        assertThat(RequestPath.isCanonical(path)).isFalse();
    }

    @Test
    void an_absent_path_is_not_canonical() {
        assertThat(RequestPath.isCanonical(null)).isFalse();
    }

    @Test
    void a_percent_sign_begins_an_escape_of_two_hexadecimal_digits() {
        assertThat(RequestPath.hasGoodEscapes("/api/jobs?wait=%30&a=%fF")).isTrue();
        assertThat(RequestPath.hasGoodEscapes("/api/jobs?wait=%zz")).isFalse();
        assertThat(RequestPath.hasGoodEscapes("/api/jobs?wait=%3")).isFalse();
        assertThat(RequestPath.hasGoodEscapes("/api/jobs?wait=%")).isFalse();
    }
}
