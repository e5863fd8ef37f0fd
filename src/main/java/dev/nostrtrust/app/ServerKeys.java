package dev.nostrtrust.app;

import dev.nostrtrust.auth.Tokens;
import dev.nostrtrust.config.InvalidSettings;
import dev.nostrtrust.config.KeyRing;
import dev.nostrtrust.config.LocalSecrets;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.Settings.TokenAlgorithm;
import java.util.ArrayList;
import java.util.List;

/** The keys of the settings, or else the keys that the server keeps in DATA_DIR. Blocks. */
record ServerKeys(KeyRing tokens, KeyRing challenges) {

    /**
     * Reads the keys, or creates them.
     *
     * @throws InvalidSettings if a file in DATA_DIR does not contain a key
     */
    static ServerKeys of(Settings settings) {
        LocalSecrets secrets = LocalSecrets.of(settings.dataDir());
        String tokens = settings.tokenKeys().orElseGet(() -> "local:" + tokenKey(settings, secrets));
        String challenges = settings.challengeKeys().orElseGet(() -> "local:" + secrets.random("challenge.key"));
        List<String> problems = new ArrayList<>();
        problems.addAll(KeyRing.problems("the token key in DATA_DIR", tokens, settings.tokenAlgorithm()));
        problems.addAll(KeyRing.problems("challenge.key in DATA_DIR", challenges));
        if (!problems.isEmpty()) {
            throw new InvalidSettings(problems);
        }
        return new ServerKeys(KeyRing.parse(tokens), KeyRing.parse(challenges));
    }

    private static String tokenKey(Settings settings, LocalSecrets secrets) {
        return settings.tokenAlgorithm() == TokenAlgorithm.HS256
                ? secrets.random("token-hs256.key")
                : secrets.read("token-es256.key", Tokens::generateElliptic);
    }
}
