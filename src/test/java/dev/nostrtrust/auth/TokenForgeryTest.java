package dev.nostrtrust.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.config.KeyRing;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.Settings.TokenAlgorithm;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.fixture.TestKeys;
import dev.nostrtrust.observe.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The check of an unsigned token at start. */
@ExtendWith(VertxExtension.class)
class TokenForgeryTest {
    private static Future<Void> forgery(Vertx vertx, TokenAlgorithm algorithm, String keys) {
        Settings settings =
                SettingsReader.of(Map.of("TOKEN_ALGORITHM", algorithm.name())).settings();
        Tokens tokens = new Tokens(
                vertx,
                settings,
                KeyRing.parse(keys),
                SignatureWorkers.start(vertx, settings, Metrics.start()),
                InstantSource.system());
        return tokens.checkForgeryRefused();
    }

    @ParameterizedTest
    @EnumSource
    void an_unsigned_token_is_refused_by_the_parser_and_by_the_library(
            TokenAlgorithm algorithm, Vertx vertx, VertxTestContext test) {
        String key =
                switch (algorithm) {
                    case HS256 -> TestKeys.key(1);
                    case ES256 -> Tokens.generateElliptic();
                };

        forgery(vertx, algorithm, "first:" + key).onComplete(test.succeedingThenComplete());
    }

    @Test
    void an_empty_key_that_accepts_unsigned_tokens_is_detected(Vertx vertx, VertxTestContext test) {
        forgery(vertx, TokenAlgorithm.HS256, "first:")
                .onComplete(test.failing(detected -> test.verify(() -> {
                    assertThat(detected).isInstanceOf(IllegalStateException.class);
                    test.completeNow();
                })));
    }
}
