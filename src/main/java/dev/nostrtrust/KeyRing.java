package dev.nostrtrust;

import dev.nostrtrust.identity.Tokens;
import dev.nostrtrust.platform.Keys;
import dev.nostrtrust.platform.LocalSecrets;
import dev.nostrtrust.platform.Settings;
import dev.nostrtrust.platform.Settings.TokenAlgorithm;

/** The keys in force: those of the settings, or those that a server on its own makes for itself. Blocks. */
record KeyRing(Keys tokens, Keys challenges) {

    static KeyRing of(Settings settings) {
        LocalSecrets secrets = LocalSecrets.of(settings.dataDir());
        Keys tokens = Keys.parse(settings.tokenKeys().orElseGet(() -> "local:" + tokenKey(settings, secrets)));
        Keys challenges =
                Keys.parse(settings.challengeKeys().orElseGet(() -> "local:" + secrets.random("challenge.key")));
        return new KeyRing(tokens, challenges);
    }

    private static String tokenKey(Settings settings, LocalSecrets secrets) {
        return settings.tokenAlgorithm() == TokenAlgorithm.HS256
                ? secrets.random("token-hs256.key")
                : secrets.read("token-es256.key", Tokens::generateElliptic);
    }
}
