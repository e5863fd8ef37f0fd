package dev.nostrtrust.auth;

import dev.nostrtrust.nostr.PublicKey;
import io.vertx.core.Future;
import java.util.function.Supplier;

/**
 * A request that is signed itself.
 *
 * @param pubkey who signed it
 * @param redemption makes its caller, once in the whole cluster; nothing has been written before
 */
public record SignedRequest(PublicKey pubkey, Supplier<Future<Caller>> redemption) {}
