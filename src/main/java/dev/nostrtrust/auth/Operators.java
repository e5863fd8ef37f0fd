package dev.nostrtrust.auth;

import dev.nostrtrust.nostr.PublicKey;
import io.vertx.core.Future;
import java.util.Set;

/** Makes operators of users whose public keys are in {@code OPERATOR_PUBKEYS}. Any thread. */
public final class Operators {
    private final Set<PublicKey> pubkeys;
    private final IdentityStore identities;

    public Operators(Set<PublicKey> pubkeys, IdentityStore identities) {
        this.pubkeys = Set.copyOf(pubkeys);
        this.identities = identities;
    }

    /**
     * The user as an operator, if it is one; any other caller unchanged. The audit log names the operator by its key.
     *
     * @return fails with {@code token_revoked} or {@code identity_blocked}
     */
    public Future<Caller> promote(Caller caller) {
        PublicKey pubkey = caller.pubkey();
        return pubkey == null || !pubkeys.contains(pubkey)
                ? Future.succeededFuture(caller)
                : identities
                        .requireLive(caller)
                        .map(live -> new Caller(Scope.OPERATOR, caller.subject(), null, caller.expiresAt()));
    }
}
