package dev.nostrtrust.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Tokens;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Keys with which no server starts. */
class KeyRingTest {
    private static final String NO_P256 = "TOKEN_KEYS: the key \"a\" is not a P-256 key in PKCS#8";

    private static List<String> problems(Map<String, String> values) {
        InvalidSettings invalid = catchThrowableOfType(
                InvalidSettings.class, () -> SettingsReader.of(values).settings());
        return invalid == null ? List.of() : invalid.problems();
    }

    @Test
    void keys_that_anybody_could_guess_are_refused_and_not_repeated() {
        for (byte[] secret : List.of(
                new byte[32],
                "changemechangemechangemechangeme".getBytes(StandardCharsets.UTF_8),
                "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.UTF_8),
                sequence())) {
            String key = Base64.getEncoder().encodeToString(secret);
            assertThat(problems(Map.of("TOKEN_KEYS", "a:" + key, "CHALLENGE_KEYS", "a:" + key.replace("=", ""))))
                    .containsExactlyInAnyOrder(
                            "TOKEN_KEYS: the key \"a\" is guessable; use random bytes",
                            "CHALLENGE_KEYS: the key \"a\" is guessable; use random bytes",
                            "CHALLENGE_KEYS and TOKEN_KEYS share a key; use a key for one purpose only");
        }
    }

    @Test
    void random_keys_are_none_of_these_however_they_were_made() {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[32];
            random.nextBytes(bytes);
            byte[] hex = HexFormat.of().formatHex(bytes).getBytes(StandardCharsets.UTF_8);

            assertThat(KeyRing.problems("k", "a:" + Base64.getEncoder().encodeToString(bytes)))
                    .isEmpty();
            assertThat(KeyRing.problems("k", "a:" + Base64.getEncoder().encodeToString(hex)))
                    .isEmpty();
        }
    }

    @Test
    void a_key_has_one_id_and_one_purpose() {
        String key = TestServer.key(1);

        assertThat(problems(Map.of("TOKEN_KEYS", "a:" + key + ",b:" + key)))
                .containsExactly("TOKEN_KEYS: the key \"b\" is the same as another one under a different id");
        assertThat(problems(Map.of(
                        "TOKEN_KEYS", "a:" + TestServer.key(2) + ",b:" + key,
                        "CHALLENGE_KEYS", "c:" + TestServer.key(3) + ",d:" + key.replace("=", ""))))
                .containsExactly("CHALLENGE_KEYS and TOKEN_KEYS share a key; use a key for one purpose only");
    }

    @Test
    void es256_takes_private_keys_of_p256_with_a_scalar_that_is_one() throws GeneralSecurityException {
        String good = Tokens.generateElliptic();
        KeyPairGenerator p384 = KeyPairGenerator.getInstance("EC");
        p384.initialize(384);
        String larger = Base64.getEncoder()
                .encodeToString(p384.generateKeyPair().getPrivate().getEncoded());
        String order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

        assertThat(elliptic(good)).isEmpty();
        assertThat(elliptic(TestServer.key(1))).containsExactly(NO_P256);
        assertThat(elliptic(larger)).containsExactly(NO_P256);
        assertThat(elliptic(withScalar(good, "00".repeat(32)))).containsExactly(NO_P256);
        assertThat(elliptic(withScalar(good, order))).containsExactly(NO_P256);
        assertThat(elliptic(withScalar(good, "00".repeat(31) + "01")))
                .containsExactly("TOKEN_KEYS: the key \"a\" is guessable; use random bytes");
        assertThat(elliptic(good + ",b:" + good))
                .containsExactly("TOKEN_KEYS: the key \"b\" is the same as another one under a different id");
    }

    private static List<String> elliptic(String key) {
        return problems(Map.of("TOKEN_ALGORITHM", "ES256", "TOKEN_KEYS", "a:" + key));
    }

    /** This key with another scalar, whose public half is not checked. */
    private static String withScalar(String pkcs8, String scalar) {
        HexFormat hex = HexFormat.of();
        String der = hex.formatHex(Base64.getDecoder().decode(pkcs8));
        int at = der.indexOf("0420") + 4;
        byte[] altered = hex.parseHex(der.substring(0, at) + scalar + der.substring(at + 64));
        return Base64.getEncoder().encodeToString(altered);
    }

    private static byte[] sequence() {
        byte[] bytes = new byte[32];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (7 * i);
        }
        return bytes;
    }
}
