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
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The check of an unsigned token at start. */
class TokenForgeryTest {
    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void stop() throws TimeoutException {
        vertx.close().await(60, TimeUnit.SECONDS);
    }

    private Future<Void> forgery(TokenAlgorithm algorithm, String keys) throws TimeoutException {
        Settings settings =
                SettingsReader.of(Map.of("TOKEN_ALGORITHM", algorithm.name())).settings();
        Tokens tokens = new Tokens(
                vertx,
                settings,
                KeyRing.parse(keys),
                SignatureWorkers.start(vertx, settings, Metrics.start()),
                InstantSource.system());
        Future<Void> refused = tokens.checkForgeryRefused();
        refused.otherwiseEmpty().await(60, TimeUnit.SECONDS);
        return refused;
    }

    @ParameterizedTest
    @EnumSource
    void an_unsigned_token_is_refused_by_the_parser_and_by_the_library(TokenAlgorithm algorithm)
            throws TimeoutException {
        String key =
                switch (algorithm) {
                    case HS256 -> TestKeys.key(1);
                    case ES256 -> Tokens.generateElliptic();
                };

        assertThat(forgery(algorithm, "first:" + key).succeeded()).isTrue();
    }

    @Test
    void an_empty_key_that_accepts_unsigned_tokens_is_detected() throws TimeoutException {
        assertThat(forgery(TokenAlgorithm.HS256, "first:").cause()).isInstanceOf(IllegalStateException.class);
    }
}
