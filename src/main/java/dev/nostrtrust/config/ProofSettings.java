package dev.nostrtrust.config;

import io.smallrye.config.WithName;
import java.time.Duration;

/** The settings of signed requests (NIP-98); part of {@link Settings}. */
public interface ProofSettings {
    @WithName("NIP98")
    boolean nip98();

    @WithName("NIP98_WINDOW")
    Duration nip98Window();
}
