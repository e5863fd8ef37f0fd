package dev.nostrtrust.login;

import static dev.nostrtrust.fixture.Refusals.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.config.KeyRing;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.fixture.TestKeys;
import dev.nostrtrust.login.Challenge.Purpose;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ChallengeCodecTest {
    private static final String ORIGIN = "https://example.com";
    private static final Duration TTL = Duration.ofMinutes(5);
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00.123Z");
    private static final SecureRandom RANDOM = new SecureRandom();
    private final ChallengeCodec nonces = new ChallengeCodec(KeyRing.parse("a:" + TestKeys.key(1)));

    private static byte[] random() {
        byte[] bytes = new byte[ChallengeCodec.RANDOM_LENGTH];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    private String issue() {
        return nonces.issue(Purpose.LOGIN, ORIGIN, NOW, TTL, random());
    }

    private static void unknown(ChallengeCodec by, String nonce, Purpose purpose, String origin) {
        assertThat(refusal(() -> by.open(nonce, purpose, List.of(origin))).code())
                .isEqualTo(ErrorCode.CHALLENGE_UNKNOWN);
    }

    @Test
    void a_nonce_says_when_it_was_issued_and_when_it_ends() {
        Challenge challenge = nonces.open(issue(), Purpose.LOGIN, List.of(ORIGIN));

        assertThat(challenge.issuedAt()).isEqualTo(NOW);
        assertThat(challenge.expiresAt()).isEqualTo(NOW.plus(TTL));
        assertThat(challenge.purpose()).isEqualTo(Purpose.LOGIN);
        assertThat(challenge.id().version()).isEqualTo(7);
    }

    @Test
    void a_nonce_changed_in_any_character_is_unknown() {
        String nonce = issue();

        for (int i = 0; i < nonce.length(); i++) {
            char other = nonce.charAt(i) == 'A' ? 'B' : 'A';
            unknown(nonces, nonce.substring(0, i) + other + nonce.substring(i + 1), Purpose.LOGIN, ORIGIN);
        }
        for (String text : new String[] {"", "A", nonce + "A", nonce + "=", "***", nonce.substring(1)}) {
            unknown(nonces, text, Purpose.LOGIN, ORIGIN);
        }
    }

    @Test
    void a_nonce_is_bound_to_its_purpose_its_origin_and_its_key() {
        String nonce = issue();

        unknown(nonces, nonce, Purpose.ERASE, ORIGIN);
        unknown(nonces, nonce, Purpose.LOGIN, "https://example.org");
        unknown(new ChallengeCodec(KeyRing.parse("a:" + TestKeys.key(2))), nonce, Purpose.LOGIN, ORIGIN);
        unknown(new ChallengeCodec(KeyRing.parse("b:" + TestKeys.key(1))), nonce, Purpose.LOGIN, ORIGIN);
    }

    @Test
    void a_nonce_of_another_version_is_unknown_even_if_its_mac_holds() throws GeneralSecurityException {
        byte[] bytes = Base64.getUrlDecoder().decode(issue());
        assertThat(bytes[0]).isEqualTo((byte) 1);

        unknown(nonces, withMac(bytes, (byte) 2), Purpose.LOGIN, ORIGIN);
        assertThat(nonces.open(withMac(bytes, (byte) 1), Purpose.LOGIN, List.of(ORIGIN))
                        .issuedAt())
                .isEqualTo(NOW);
    }

    /** What only a holder of the key could make: the last 32 bytes are the MAC over all before them and the origin. */
    private static String withMac(byte[] nonce, byte version) throws GeneralSecurityException {
        ByteBuffer altered = ByteBuffer.allocate(nonce.length).put(nonce, 0, nonce.length - 32);
        altered.put(0, version);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(Base64.getDecoder().decode(TestKeys.key(1)), "HmacSHA256"));
        mac.update(altered.array(), 0, nonce.length - 32);
        altered.put(mac.doFinal(ORIGIN.getBytes(StandardCharsets.UTF_8)));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(altered.array());
    }

    @Test
    void a_nonce_of_an_older_key_is_known_while_the_key_is() {
        String nonce = issue();
        ChallengeCodec rotated = new ChallengeCodec(KeyRing.parse("b:" + TestKeys.key(2) + ",a:" + TestKeys.key(1)));

        assertThat(rotated.open(nonce, Purpose.LOGIN, List.of(ORIGIN)).issuedAt())
                .isEqualTo(NOW);
    }

    @Test
    void nonces_do_not_repeat() {
        Set<Object> ids = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            ids.add(nonces.open(issue(), Purpose.LOGIN, List.of(ORIGIN)).id());
        }

        assertThat(ids).hasSize(10_000);
    }

    @Test
    @Tag("full")
    void a_million_nonces_leave_no_heap_behind() {
        issueMany(100_000);
        long before = usedAfterCollection();
        issueMany(1_000_000);

        assertThat(usedAfterCollection() - before).as("bytes of heap grown").isLessThan(8 << 20);
    }

    private void issueMany(int count) {
        for (int i = 0; i < count; i++) {
            assertThat(issue().length()).isEqualTo(88);
        }
    }

    private static long usedAfterCollection() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
