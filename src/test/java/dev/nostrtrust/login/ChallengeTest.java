package dev.nostrtrust.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.login.Challenge.Purpose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChallengeTest {

    @ParameterizedTest
    @CsvSource({
        "LOGIN, 1, POST, https://trust.example/api/identity/verify, Sign in to trust.example:8443",
        "ERASE, 2, DELETE, https://trust.example/api/identity/me, Erase my identity at trust.example:8443"
    })
    void a_purpose_says_what_is_signed_and_what_the_signer_reads(
            Purpose purpose, byte number, String method, String url, String statement) {
        assertThat(purpose.number()).isEqualTo(number);
        assertThat(purpose.method()).isEqualTo(method);
        assertThat(purpose.url("https://trust.example")).isEqualTo(url);
        assertThat(purpose.statement("trust.example:8443")).isEqualTo(statement);
    }
}
