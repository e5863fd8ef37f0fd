package dev.nostrtrust.storm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.nostr.Sha256;
import dev.nostrtrust.nostr.SignatureVerifier;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

class LoadKeyTest {

    @Test
    void what_a_load_key_signs_is_valid() {
        SecureRandom random = new SecureRandom();

        for (int i = 0; i < 20; i++) {
            LoadKey key = new LoadKey(random);
            byte[] message = Sha256.of(new byte[] {(byte) i});

            assertThat(SignatureVerifier.bouncyCastle()
                            .verify(Hex.decode(key.sign(message)), message, Hex.decode(key.pubkey())))
                    .isTrue();
        }
    }
}
