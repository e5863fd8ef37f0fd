package dev.nostrtrust.http;

import static dev.nostrtrust.fixture.Refusals.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.error.Violation;
import io.vertx.core.MultiMap;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueryFieldsTest {
    private static final String ID = "019b76da-b1c2-7d4e-8f00-5a6b7c8d9e0f";

    /** Names and values in turn. */
    private static QueryFields query(String... parameters) {
        MultiMap query = MultiMap.caseInsensitiveMultiMap();
        for (int i = 0; i < parameters.length; i += 2) {
            query.add(parameters[i], parameters[i + 1]);
        }
        return new QueryFields(query);
    }

    private static List<String> violations(QueryFields query) {
        return refusal(query::check).violations().stream().map(Violation::field).toList();
    }

    @Test
    void parameters_of_the_right_form_are_read() {
        QueryFields query =
                query("limit", "-5", "job", ID.toUpperCase(java.util.Locale.ROOT), "all", "true", "state", "b");

        assertThat(query.integer("limit", 0, -5, 5)).isEqualTo(-5);
        assertThat(query.uuid("job")).isEqualTo(UUID.fromString(ID));
        assertThat(query.flag("all")).isTrue();
        assertThat(query.choice("state", "a", List.of("a", "b"))).isEqualTo("b");
        query.check();
    }

    @Test
    void absent_parameters_have_their_default() {
        QueryFields query = query();

        assertThat(query.integer("limit", 3, 0, 5)).isEqualTo(3);
        assertThat(query.uuid("job")).isNull();
        assertThat(query.flag("all")).isFalse();
        assertThat(query.choice("state", "a", List.of("a", "b"))).isEqualTo("a");
        query.check();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "1.5", "+1", "6", "-1", "99999999999999999999", "\u0661"})
    void an_integer_is_written_in_ascii_digits_and_is_within_its_bounds(String value) {
        QueryFields query = query("limit", value);

        query.integer("limit", 0, 0, 5);

        assertThat(violations(query)).containsExactly("query.limit");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1-1-1-1-1", "x", ID + "0"})
    void a_uuid_has_its_canonical_form(String value) {
        QueryFields query = query("job", value);

        query.uuid("job");

        assertThat(violations(query)).containsExactly("query.job");
    }

    @Test
    void every_violation_is_collected() {
        QueryFields query = query("limit", "x", "all", "yes", "state", "c", "a", "1", "a", "2", "states", "queued");

        query.integer("limit", 0, 0, 5);
        query.flag("all");
        query.choice("state", "a", List.of("a", "b"));
        query.integer("a", 0, 0, 5);

        assertThat(violations(query))
                .containsExactly("query.limit", "query.all", "query.state", "query.a", "query.states");
    }
}
