package dev.nostrtrust.nostr;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.json.Json;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SignatureVerifierTest {
    private static final SignatureVerifier NATIVE = new NativeVerifier();
    private static final SignatureVerifier BOUNCY_CASTLE = new BouncyCastleVerifier();
    private static final EventLimits LIMITS = new EventLimits(1000, 100, 10_000, 100_000);

    @SuppressWarnings("ArrayRecordComponent")
    private record Signed(byte[] signature, byte[] message, byte[] key) {}

    static Stream<SignatureVerifier> verifiers() {
        return Stream.of(NATIVE, BOUNCY_CASTLE);
    }

    static List<Event> realEvents() {
        return Vectors.lines("real-events.jsonl").stream()
                .map(line -> Event.parse(Json.parse(line), LIMITS))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("verifiers")
    void the_vectors_of_bip_340_are_judged_as_published(SignatureVerifier verifier) {
        HexFormat hex = HexFormat.of();
        int judged = 0;

        for (String line : Vectors.lines("bip340-test-vectors.csv").subList(1, 20)) {
            String[] fields = line.split(",", -1);
            byte[] message = hex.parseHex(fields[4]);
            if (verifier == NATIVE && message.length != 32) {
                continue;
            }
            boolean valid = verifier.verify(hex.parseHex(fields[5]), message, hex.parseHex(fields[2]));
            assertThat(valid).as("vector %s: %s", fields[0], fields[7]).isEqualTo(fields[6].equals("TRUE"));
            judged++;
        }

        assertThat(judged).isEqualTo(verifier == NATIVE ? 15 : 19);
    }

    @ParameterizedTest
    @MethodSource("verifiers")
    void every_event_that_was_taken_off_a_relay_is_valid(SignatureVerifier verifier) {
        List<Event> events = realEvents();

        assertThat(events).hasSize(200);
        assertThat(events).allSatisfy(event -> assertThat(
                        VerifiedEvent.verify(event, verifier).event())
                .isEqualTo(event));
    }

    @Test
    void the_two_implementations_agree_on_5_000_mutations() {
        agree(5_000);
    }

    @Test
    @Tag("full")
    void the_two_implementations_agree_on_100_000_mutations() {
        agree(100_000);
    }

    private static void agree(int mutations) {
        Random random = new Random(340);
        List<Event> events = realEvents();
        int valid = 0;

        for (int i = 0; i < mutations; i++) {
            Signed mutated = mutate(signed(events.get(i % events.size())), random);
            boolean byNative = NATIVE.verify(mutated.signature(), mutated.message(), mutated.key());
            boolean byBouncyCastle = BOUNCY_CASTLE.verify(mutated.signature(), mutated.message(), mutated.key());
            assertThat(byNative).as("mutation %s", i).isEqualTo(byBouncyCastle);
            assertThat(NATIVE.isOnCurve(mutated.key())).isEqualTo(BOUNCY_CASTLE.isOnCurve(mutated.key()));
            valid += byNative ? 1 : 0;
        }

        // One in ten is left as it was, so that agreement on "false" alone cannot pass.
        assertThat(valid).isBetween(mutations / 11, mutations / 9);
    }

    @Test
    void malformed_lengths_are_not_valid() {
        Signed signed = signed(realEvents().get(0));

        for (SignatureVerifier verifier : List.of(NATIVE, BOUNCY_CASTLE)) {
            for (int length : new int[] {0, 1, 63, 65, 128}) {
                byte[] signature = Arrays.copyOf(signed.signature(), length);
                assertThat(verifier.verify(signature, signed.message(), signed.key()))
                        .isFalse();
            }
            for (int length : new int[] {0, 1, 31, 33, 64}) {
                byte[] key = Arrays.copyOf(signed.key(), length);
                assertThat(verifier.verify(signed.signature(), signed.message(), key))
                        .isFalse();
                assertThat(verifier.isOnCurve(key)).isFalse();
            }
            assertThat(verifier.verify(signed.signature(), signed.message(), signed.key()))
                    .isTrue();
            assertThat(verifier.isOnCurve(new byte[32])).isFalse();
            assertThat(verifier.isOnCurve(signed.key())).isTrue();
        }
        assertThat(NATIVE.verify(signed.signature(), new byte[31], signed.key()))
                .isFalse();
    }

    private static Signed signed(Event event) {
        return new Signed(
                Hex.decode(event.sig()), Hex.decode(event.id()), event.pubkey().bytes());
    }

    private static Signed mutate(Signed signed, Random random) {
        List<byte[]> parts = new ArrayList<>(List.of(
                signed.signature().clone(),
                signed.message().clone(),
                signed.key().clone()));
        int how = random.nextInt(10);
        byte[] part = parts.get(random.nextInt(3));
        if (how < 6) {
            part[random.nextInt(part.length)] ^= (byte) (1 << random.nextInt(8));
        } else if (how < 8) {
            random.nextBytes(part);
        } else if (how == 8) {
            Arrays.fill(part, random.nextInt(part.length), part.length, (byte) (random.nextBoolean() ? 255 : 0));
            part[0] ^= 1;
        }
        return new Signed(parts.get(0), parts.get(1), parts.get(2));
    }
}
