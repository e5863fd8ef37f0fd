package dev.nostrtrust.nostr;

import static dev.nostrtrust.fixture.Refusals.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventParserTest {
    private static final String ID = "a".repeat(64);
    private static final String KEY = "b".repeat(64);
    private static final String SIG = "c".repeat(128);
    private static final String VALID = "{\"id\":\"" + ID + "\",\"pubkey\":\"" + KEY
            + "\",\"created_at\":1700000000,\"kind\":27235,\"tags\":[[\"u\",\"x\"]],\"content\":\"hi\",\"sig\":\"" + SIG
            + "\"}";

    private static Event parse(String text) {
        return EventParser.parse(Json.parse(text), EventLimits.LOGIN);
    }

    private static String with(String field, String literal) {
        return VALID.replaceFirst("\"" + field + "\":(\\[\\[.*?]]|\"[^\"]*\"|\\d+)", "\"" + field + "\":" + literal);
    }

    @Test
    void an_event_is_read_field_by_field() {
        Event event = parse(VALID);

        assertThat(event.id()).isEqualTo(ID);
        assertThat(event.pubkey().hex()).isEqualTo(KEY);
        assertThat(event.createdAt()).isEqualTo(1_700_000_000);
        assertThat(event.kind()).isEqualTo(27235);
        assertThat(event.tagsNamed("u")).containsExactly(java.util.List.of("u", "x"));
        assertThat(event.tagsNamed("v")).isEmpty();
        assertThat(event.content()).isEqualTo("hi");
        assertThat(event.sig()).isEqualTo(SIG);
        assertThat(parse(event.toJson().encode())).isEqualTo(event);
    }

    @Test
    void fields_that_nip_01_does_not_name_are_ignored() {
        assertThat(parse(VALID.replace("{\"id\"", "{\"ots\":{\"a\":[1]},\"id\"")))
                .isEqualTo(parse(VALID));
    }

    @ParameterizedTest
    @ValueSource(strings = {"id", "pubkey", "created_at", "kind", "tags", "content", "sig"})
    void a_field_of_the_wrong_type_is_a_wrong_shape(String field) {
        for (String literal : new String[] {"null", "true", "{}", "[1]", "[[]]", "[[1]]", "[{}]"}) {
            assertThat(refusal(() -> parse(with(field, literal))).code())
                    .as("%s: %s", field, literal)
                    .isEqualTo(ErrorCode.INVALID_EVENT_SHAPE);
        }
        String renamed = VALID.replace("\"" + field + "\":", "\"x\":");
        assertThat(refusal(() -> parse(renamed)).code()).isEqualTo(ErrorCode.INVALID_EVENT_SHAPE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "1", "\"event\"", "null"})
    void what_is_no_object_is_no_event(String text) {
        assertThat(refusal(() -> parse(text)).code()).isEqualTo(ErrorCode.INVALID_EVENT_SHAPE);
        assertThat(refusal(() -> EventParser.parse(null, EventLimits.LOGIN)).code())
                .isEqualTo(ErrorCode.INVALID_EVENT_SHAPE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "kind|27235.0|INVALID_KIND",
                "kind|2.7235e4|INVALID_KIND",
                "kind|65536|INVALID_KIND",
                "kind|-1|INVALID_KIND",
                "kind|-0|INVALID_KIND",
                "kind|4294994531|INVALID_KIND",
                "kind|18446744073709551617|INVALID_KIND",
                "created_at|1.7e9|INVALID_CREATED_AT",
                "created_at|9007199254740992|INVALID_CREATED_AT",
                "created_at|18446744073709551617|INVALID_CREATED_AT",
                "created_at|-1|INVALID_CREATED_AT"
            })
    void only_integers_that_are_written_as_integers_count(String field, String literal, ErrorCode kind) {
        assertThat(refusal(() -> parse(with(field, literal))).code()).isEqualTo(kind);
    }

    @Test
    void upper_case_and_wrong_lengths_of_hex_are_refused() {
        assertThat(refusal(() -> parse(with("id", "\"" + "A".repeat(64) + "\"")))
                        .code())
                .isEqualTo(ErrorCode.INVALID_ID);
        assertThat(refusal(() -> parse(with("pubkey", "\"" + "b".repeat(63) + "\"")))
                        .code())
                .isEqualTo(ErrorCode.INVALID_PUBKEY);
        assertThat(refusal(() -> parse(with("sig", "\"" + "g".repeat(128) + "\"")))
                        .code())
                .isEqualTo(ErrorCode.INVALID_SIG);
    }

    @Test
    void the_bounds_of_a_login_event_are_kept() {
        String manyTags = "[[\"a\"]" + ",[\"a\"]".repeat(64) + "]";
        String manyItems = "[[\"a\"" + ",\"a\"".repeat(16) + "]]";
        String longItem = "[[\"" + "a".repeat(1025) + "\"]]";

        for (String tags : new String[] {manyTags, manyItems, longItem}) {
            String text = VALID.replace("[[\"u\",\"x\"]]", tags);
            assertThat(refusal(() -> parse(text)).code()).isEqualTo(ErrorCode.EVENT_TOO_LARGE);
        }
        assertThat(refusal(() -> parse(with("content", "\"" + "a".repeat(2049) + "\"")))
                        .code())
                .isEqualTo(ErrorCode.EVENT_TOO_LARGE);
        assertThat(parse(with("content", "\"" + "a".repeat(2048) + "\"")).content())
                .hasSize(2048);
    }

    @Test
    void an_event_that_fills_the_bounds_is_read() {
        String tag = "[\"" + "a".repeat(1024) + "\"" + ",\"a\"".repeat(15) + "]";

        Event event = parse(VALID.replace("[[\"u\",\"x\"]]", "[" + tag + ",[\"a\"]".repeat(63) + "]"));

        assertThat(event.tags()).hasSize(64);
        assertThat(event.tags().get(0)).hasSize(16);
        assertThat(event.tags().get(0).get(0)).hasSize(1024);
    }

    @Test
    void shape_comes_before_hex_and_hex_before_numbers() {
        String allWrong = with("kind", "1.5").replace(ID, "A").replace("\"hi\"", "7");
        assertThat(refusal(() -> parse(allWrong)).code()).isEqualTo(ErrorCode.INVALID_EVENT_SHAPE);
        assertThat(refusal(() -> parse(with("kind", "1.5").replace(ID, "A"))).code())
                .isEqualTo(ErrorCode.INVALID_ID);
        assertThat(Json.parse(VALID)).isInstanceOf(Json.Obj.class);
    }
}
