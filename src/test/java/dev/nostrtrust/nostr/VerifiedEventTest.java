package dev.nostrtrust.nostr;

import static dev.nostrtrust.fixture.Refusals.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.error.ErrorCode;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class VerifiedEventTest {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Event SIGNED = SecretKey.random(RANDOM).sign(1_700_000_000, 27235, List.of(), "hello", RANDOM);

    static List<SignatureVerifier> verifiers() {
        return List.of(new NativeVerifier(), new BouncyCastleVerifier());
    }

    @ParameterizedTest
    @MethodSource("verifiers")
    void what_a_secret_key_signs_is_verified(SignatureVerifier verifier) {
        assertThat(VerifiedEvent.verify(SIGNED, verifier).pubkey()).isEqualTo(SIGNED.pubkey());
        assertThat(verifier.name()).isNotBlank();
    }

    @ParameterizedTest
    @MethodSource("verifiers")
    void an_id_of_other_fields_is_refused_before_the_signature_is_looked_at(SignatureVerifier verifier) {
        Event altered = new Event(SIGNED.id(), SIGNED.pubkey(), 1, 27235, List.of(), "hello", "0".repeat(128));

        assertThat(refusal(() -> VerifiedEvent.verify(altered, verifier)).code())
                .isEqualTo(ErrorCode.ID_MISMATCH);
    }

    @ParameterizedTest
    @MethodSource("verifiers")
    void a_key_that_is_not_on_the_curve_is_named_as_such(SignatureVerifier verifier) {
        PublicKey key = new PublicKey("eefdea4cdb677750a420fee807eacf21eb9898ae79b9768766e4faa04a2d4a34");
        String id = Hex.encode(EventId.of(key, 1, 1, List.of(), ""));
        Event event = new Event(id, key, 1, 1, List.of(), "", SIGNED.sig());

        assertThat(refusal(() -> VerifiedEvent.verify(event, verifier)).code())
                .isEqualTo(ErrorCode.PUBKEY_NOT_ON_CURVE);
    }

    @ParameterizedTest
    @MethodSource("verifiers")
    void a_signature_of_another_key_is_refused(SignatureVerifier verifier) {
        PublicKey other = SecretKey.random(RANDOM).publicKey();
        String id = Hex.encode(EventId.of(other, 1, 1, List.of(), ""));
        Event event = new Event(id, other, 1, 1, List.of(), "", SIGNED.sig());

        assertThat(refusal(() -> VerifiedEvent.verify(event, verifier)).code()).isEqualTo(ErrorCode.INVALID_SIGNATURE);
    }

    /** The example in the text of NIP-98: its signature is valid, but over an id that its fields do not have. */
    @ParameterizedTest
    @MethodSource("verifiers")
    void the_example_of_nip_98_is_refused_for_its_id(SignatureVerifier verifier) {
        Event example = new Event(
                "fe964e758903360f28d8424d092da8494ed207cba823110be3a57dfe4b578734",
                new PublicKey("63fe6318dc58583cfe16810f86dd09e18bfd76aabc24a0081ce2856f330504ed"),
                1_682_327_852,
                27235,
                List.of(List.of("u", "https://api.snort.social/api/v1/n5sp/list"), List.of("method", "GET")),
                "",
                "5ed9d8ec958bc854f997bdc24ac337d005af372324747efe4a00e24f4c30437f"
                        + "f4dd8308684bed467d9d6be3e5a517bb43b1732cc7d33949a3aaf86705c22184");

        boolean validOverItsId = verifier.verify(
                Hex.decode(example.sig()),
                Hex.decode(example.id()),
                example.pubkey().bytes());

        assertThat(validOverItsId).isTrue();
        assertThat(refusal(() -> VerifiedEvent.verify(example, verifier)).code())
                .isEqualTo(ErrorCode.ID_MISMATCH);
    }
}
