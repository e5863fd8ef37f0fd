package dev.nostrtrust.nostr;

import static dev.nostrtrust.fixture.Refusals.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublicKeyTest {
    // The examples of NIP-19.
    private static final String HEX = "7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e";
    private static final String NPUB = "npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg";
    private static final String NSEC = "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5";
    private static final String PROFILE_HEX = "3bf0c63fcb93463407af97a5e5ee64fa883d107ef9e558472c4eb9aaaefa459d";
    private static final String NPROFILE =
            "nprofile1qqsrhuxx8l9ex335q7he0f09aej04zpazpl0ne2cgukyawd24mayt8gpp4mhxue69uhhytnc9e3k7mgpz4mhxue69uhkg6nzv9ejuumpv34kytnrdaksjlyr9p";

    @Test
    void hex_and_npub_are_two_forms_of_one_key() {
        assertThat(PublicKey.parse(NPUB)).isEqualTo(new PublicKey(HEX));
        assertThat(new PublicKey(HEX).npub()).isEqualTo(NPUB);
        assertThat(PublicKey.parse(HEX).hex()).isEqualTo(HEX);
        assertThat(PublicKey.parse(NPUB.toUpperCase(Locale.ROOT)).hex()).isEqualTo(HEX);
    }

    @Test
    void an_nprofile_and_a_nostr_uri_are_read() {
        assertThat(PublicKey.parse(NPROFILE).hex()).isEqualTo(PROFILE_HEX);
        assertThat(PublicKey.parse("nostr:" + NPROFILE).hex()).isEqualTo(PROFILE_HEX);
        assertThat(PublicKey.parse("nostr:" + NPUB).hex()).isEqualTo(HEX);
    }

    @Test
    void random_keys_survive_the_way_to_npub_and_back() {
        SecureRandom random = new SecureRandom();
        for (int i = 0; i < 1000; i++) {
            byte[] bytes = new byte[32];
            random.nextBytes(bytes);
            PublicKey key = new PublicKey(Hex.encode(bytes));
            assertThat(PublicKey.parse(key.npub())).isEqualTo(key);
        }
    }

    @Test
    void one_changed_character_breaks_the_checksum() {
        for (int i = 5; i < NPUB.length(); i++) {
            String changed = NPUB.substring(0, i) + (NPUB.charAt(i) == 'q' ? 'p' : 'q') + NPUB.substring(i + 1);
            assertThat(refusal(() -> PublicKey.parse(changed)).code()).isEqualTo(ErrorCode.INVALID_PUBKEY);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {NSEC, "nostr:" + NSEC, "NSEC1VL029", "nsec1"})
    void a_secret_key_is_refused_with_its_own_code_and_not_echoed(String secret) {
        ApiError error = refusal(() -> PublicKey.parse(secret));

        assertThat(error.code()).isEqualTo(ErrorCode.NSEC_REFUSED);
        assertThat(error.detail()).doesNotContain("vl029").doesNotContain("VL029");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nostr:",
                "npub1",
                "nprofile1qqs",
                "note1fntxtkcy9pjwucqwa9mddn7v03wwwsu9j330jj350nvhpky2tuaspk6nqc",
                "7E7E9C42A91BFEF19FA929E5FDA1B72E0EBC1A4C1141673E2794234D86ADDF4E",
                "7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4",
                "Npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg",
                "npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjpt\u00e9"
            })
    void what_is_no_public_key_is_refused(String text) {
        assertThat(refusal(() -> PublicKey.parse(text)).code()).isEqualTo(ErrorCode.INVALID_PUBKEY);
    }

    @Test
    void a_profile_without_a_key_is_refused() {
        String relayOnly = Bech32.encode("nprofile", new byte[] {1, 1, 'r'});
        String truncated = Bech32.encode("nprofile", new byte[] {0, 32, 1});
        String shortKey = Bech32.encode("npub", new byte[31]);
        String cutOff = Bech32.encode("nprofile", Arrays.copyOf(entry(0, Hex.decode(HEX)), 33));

        for (String text : new String[] {relayOnly, truncated, shortKey, cutOff}) {
            ApiError error = refusal(() -> PublicKey.parse(text));
            assertThat(error.code()).isEqualTo(ErrorCode.INVALID_PUBKEY);
            assertThat(error.detail()).contains("32 bytes");
        }
    }

    @Test
    void the_key_of_a_profile_is_its_entry_of_type_0_wherever_that_stands() {
        byte[] key = Hex.decode(HEX);
        byte[] relay = new byte[32];
        byte[] longRelay = new byte[200];

        assertThat(PublicKey.parse(profile(entry(0, key))).hex()).isEqualTo(HEX);
        assertThat(PublicKey.parse(profile(entry(1, relay), entry(0, key))).hex())
                .isEqualTo(HEX);
        assertThat(PublicKey.parse(profile(entry(1, longRelay), entry(0, key), entry(0, relay)))
                        .hex())
                .isEqualTo(HEX);
        assertThat(refusal(() -> PublicKey.parse(profile(entry(0, longRelay)))).code())
                .isEqualTo(ErrorCode.INVALID_PUBKEY);
    }

    @Test
    void keys_are_ordered_as_their_digits_are() {
        PublicKey low = new PublicKey("0".repeat(63) + "1");
        PublicKey high = new PublicKey("f" + "0".repeat(63));

        assertThat(low).isLessThan(high).isEqualByComparingTo(new PublicKey(low.hex()));
        assertThat(high).isGreaterThan(low);
    }

    private static byte[] entry(int type, byte[] value) {
        return ByteBuffer.allocate(2 + value.length)
                .put((byte) type)
                .put((byte) value.length)
                .put(value)
                .array();
    }

    private static String profile(byte[]... entries) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] entry : entries) {
            all.writeBytes(entry);
        }
        return Bech32.encode("nprofile", all.toByteArray());
    }
}
