package dev.nostrtrust.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FeedOptionsTest {
    private static final URI SERVER = URI.create("https://trust.example");

    private static FeedOptions options(List<URI> servers, int pageSize) {
        Duration second = Duration.ofSeconds(1);
        return new FeedOptions(servers, "token", pageSize, second, second, second);
    }

    @Test
    void a_feed_needs_a_server() {
        assertThatThrownBy(() -> options(List.of(), 1)).hasMessage("a feed needs a server");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1001, -5})
    void a_page_has_1_to_1000_entries(int size) {
        assertThatThrownBy(() -> options(List.of(SERVER), size)).isInstanceOf(IllegalArgumentException.class);
        assertThat(options(List.of(SERVER), 1).pageSize()).isEqualTo(1);
        assertThat(options(List.of(SERVER), 1000).pageSize()).isEqualTo(1000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a token", "\u001b[0mtoken", "token\n", "t\u00f6ken"})
    void a_token_with_other_characters_is_refused_and_not_repeated(String token) {
        assertThatThrownBy(() -> FeedOptions.of(List.of(SERVER), token))
                .hasMessage("the token is empty, or has characters that tokens never have");
    }

    @Test
    void times_are_at_least_a_millisecond() {
        Duration second = Duration.ofSeconds(1);
        Duration none = Duration.ofNanos(999_999);

        assertThatThrownBy(() -> new FeedOptions(List.of(SERVER), "token", 1, none, second, second))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new FeedOptions(List.of(SERVER), "token", 1, second, none, second))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new FeedOptions(List.of(SERVER), "token", 1, second, second, none))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_later_change_of_the_list_of_servers_has_no_effect() {
        List<URI> servers = new ArrayList<>(List.of(SERVER));
        FeedOptions options = options(servers, 1);

        servers.clear();

        assertThat(options.servers()).containsExactly(SERVER);
    }

    @Test
    void the_defaults_are_within_the_limits() {
        assertThat(FeedOptions.of(List.of(SERVER), "token").pageSize()).isEqualTo(500);
    }
}
