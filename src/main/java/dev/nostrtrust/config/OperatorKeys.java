package dev.nostrtrust.config;

import dev.nostrtrust.nostr.PublicKey;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The public keys of users who are operators. */
public final class OperatorKeys {
    private OperatorKeys() {}

    /** The keys of {@code OPERATOR_PUBKEYS}, which the check of the settings has found to be valid. */
    public static Set<PublicKey> of(Settings settings) {
        return settings.operatorPubkeys().orElse(List.of()).stream()
                .map(key -> PublicKey.parse(key.strip()))
                .collect(Collectors.toSet());
    }
}
