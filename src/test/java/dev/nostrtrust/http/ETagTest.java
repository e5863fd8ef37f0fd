package dev.nostrtrust.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ETagTest {
    private static final String TAG = ETag.of(Buffer.buffer("{\"state\":\"queued\"}"));
    private static final String OPEN = TAG.substring(0, TAG.length() - 1);

    @Test
    void equal_bodies_have_one_tag_and_other_bodies_have_another() {
        assertThat(TAG).matches("\"[A-Za-z0-9_-]{20}\"").isEqualTo(ETag.of(Buffer.buffer("{\"state\":\"queued\"}")));
        assertThat(ETag.of(Buffer.buffer("{\"state\":\"running\"}"))).isNotEqualTo(TAG);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"%s\"", "W/%s\"", "%s-gzip\"", "W/%s-gzip\"", "%s;br\"", "%s--gzip\"", "\"other\", W/%s\"", "*"})
    void a_tag_that_a_proxy_has_rewritten_matches(String header) {
        assertThat(ETag.matches(List.of(header.replace("%s", OPEN)), TAG)).isTrue();
    }

    @Test
    void a_tag_in_any_of_several_headers_matches() {
        assertThat(ETag.matches(List.of("\"other\"", TAG), TAG)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"other\"", "", "\"", "W/", "\"*\""})
    void other_tags_do_not_match(String header) {
        assertThat(ETag.matches(List.of(header), TAG)).isFalse();
    }

    @Test
    void a_reply_without_a_tag_matches_only_the_wildcard() {
        assertThat(ETag.matches(List.of(TAG, ""), "")).isFalse();
        assertThat(ETag.matches(List.of("*"), "")).isTrue();
        assertThat(ETag.matches(List.of(), TAG)).isFalse();
    }
}
