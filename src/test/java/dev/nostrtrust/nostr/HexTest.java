package dev.nostrtrust.nostr;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HexTest {

    @ParameterizedTest
    @ValueSource(strings = {"09af", "0000", "ffff", "deed"})
    void lower_case_digits_are_hexadecimal(String text) {
        assertThat(Hex.isHex(text, 4)).isTrue();
    }

    /** Each holds a neighbour of the digits in ASCII, or is of another length. */
    @ParameterizedTest
    @ValueSource(strings = {"09a/", "09a:", "09a`", "09ag", "09aA", "09aF", "-9af", "09a", "09aff", ""})
    void nothing_else_is(String text) {
        assertThat(Hex.isHex(text, 4)).isFalse();
    }
}
