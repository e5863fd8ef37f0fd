package dev.nostrtrust.nostr;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class SecretKeyTest {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String ORDER = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    /** The x coordinate of the generator: the public key of 1, and of the order less 1. */
    private static final String GENERATOR = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

    /** Dice that fall as they are told to. */
    private static final class Loaded extends SecureRandom {
        private static final long serialVersionUID = 1L;

        private final transient Deque<byte[]> throwsLeft = new ArrayDeque<>();

        Loaded(String... hex) {
            for (String bytes : hex) {
                throwsLeft.add(HexFormat.of().parseHex(bytes));
            }
        }

        @Override
        public void nextBytes(byte[] bytes) {
            byte[] next = throwsLeft.remove();
            System.arraycopy(next, 0, bytes, 0, bytes.length);
        }
    }

    private static String hex(BigInteger number) {
        return "%064x".formatted(number);
    }

    @Test
    void a_number_that_is_no_key_is_passed_over() {
        BigInteger order = new BigInteger(ORDER, 16);
        Loaded loaded = new Loaded(hex(BigInteger.ZERO), ORDER, hex(order.add(BigInteger.ONE)), hex(BigInteger.ONE));

        assertThat(SecretKey.random(loaded).publicKey().hex()).isEqualTo(GENERATOR);
        assertThat(loaded.throwsLeft).isEmpty();
    }

    @Test
    void the_largest_number_that_is_a_key_is_one() {
        BigInteger largest = new BigInteger(ORDER, 16).subtract(BigInteger.ONE);

        assertThat(SecretKey.random(new Loaded(hex(largest))).publicKey().hex()).isEqualTo(GENERATOR);
    }

    @Test
    void what_it_signs_holds_by_both_implementations() {
        SecretKey key = SecretKey.random(RANDOM);

        Event event = key.sign(1_700_000_000, 27235, List.of(List.of("u", "x")), "hello", RANDOM);

        assertThat(event.pubkey()).isEqualTo(key.publicKey());
        assertThat(VerifiedEvent.verify(event, new BouncyCastleVerifier()).event())
                .isEqualTo(event);
        assertThat(VerifiedEvent.verify(event, new NativeVerifier()).event()).isEqualTo(event);
    }

    @Test
    void in_print_it_is_named_by_its_public_key() {
        SecretKey key = SecretKey.random(RANDOM);

        assertThat(key).hasToString("SecretKey of " + key.publicKey().hex());
    }
}
