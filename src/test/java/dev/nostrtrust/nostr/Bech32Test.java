package dev.nostrtrust.nostr;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Bech32Test {
    private static final byte[] BYTES = {0, 1, 2, (byte) 0xff, (byte) 0x80};

    @ParameterizedTest
    @CsvSource({"a, a12uel5l", "a, A12UEL5L", "split, split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w"})
    void the_valid_strings_of_bip_173_are_read_and_written(String prefix, String text) {
        byte[] data = Objects.requireNonNull(Bech32.decode(prefix, text));

        assertThat(Bech32.encode(prefix, data)).isEqualTo(text.toLowerCase(Locale.ROOT));
    }

    @Test
    void every_length_of_bytes_survives_the_way_there_and_back() {
        for (int length = 0; length < 100; length++) {
            byte[] bytes = new byte[length];
            for (int i = 0; i < length; i++) {
                bytes[i] = (byte) (37 * i + length);
            }
            assertThat(Bech32.decode("x", Bech32.encode("x", bytes))).isEqualTo(bytes);
        }
    }

    @Test
    void a_character_beyond_ascii_is_not_read_as_its_lower_case() {
        String upper = Bech32.encode("ab", new byte[] {(byte) 0xb0}).toUpperCase(Locale.ROOT);
        String kelvin = upper.replace('K', '\u212a');

        assertThat(upper).contains("K");
        assertThat(Bech32.decode("ab", upper)).isNotNull();
        assertThat(kelvin.toLowerCase(Locale.ROOT)).isEqualTo(upper.toLowerCase(Locale.ROOT));
        assertThat(Bech32.decode("ab", kelvin)).isNull();
    }

    @Test
    void another_prefix_is_not_read() {
        String text = Bech32.encode("ab", BYTES);

        assertThat(Bech32.decode("ab", text)).isEqualTo(BYTES);
        assertThat(Bech32.decode("ac", text)).isNull();
        assertThat(Bech32.decode("a", text)).isNull();
    }

    @Test
    void between_prefix_and_data_stands_a_1() {
        String text = Bech32.encode("ab", BYTES);

        assertThat(Bech32.decode("ab", text.replace('1', 'q'))).isNull();
    }

    /** All three have checksums that hold: the same bytes must not have several texts. */
    @Test
    void bits_to_spare_are_zero_and_fewer_than_a_character_holds() {
        assertThat(Bech32.decode("ab", "ab1qqqs9luq0unmyc27")).containsExactly(0, 1, 2, 0xff, 0x80, 0x7f);
        assertThat(Bech32.decode("ab", "ab1qqqs9luq0awdsdhv")).isNull();
        assertThat(Bech32.decode("ab", "ab1qqqs9luq0uqqk9yyd")).isNull();
    }

    @Test
    void more_than_5000_characters_are_not_read() {
        String longest = Bech32.encode("abcde", new byte[3117]);
        String longer = Bech32.encode("abcdef", new byte[3117]);

        assertThat(longest).hasSize(Bech32.MAX_LENGTH);
        assertThat(Bech32.decode("abcde", longest)).hasSize(3117);
        assertThat(Bech32.decode("abcdef", longer)).isNull();
    }

    /** Known of Bech32: before a final p, a q more or less goes unnoticed by the checksum. */
    @Test
    void a_checksum_that_holds_but_is_shorter_than_a_checksum_is_not_read() {
        assertThat(Bech32.decode("fd", "fd1ud5xqp")).isEmpty();
        assertThat(Bech32.decode("fd", "fd1ud5xp")).isNull();
    }
}
