package dev.nostrtrust.nostr;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import java.security.MessageDigest;

/** An event whose id and signature are right. There is no other way to make one than {@link #verify}. */
public final class VerifiedEvent {
    private final Event event;

    private VerifiedEvent(Event event) {
        this.event = event;
    }

    /**
     * Recomputes the id and checks the signature over it. Computation only, but too much of it for an event loop.
     *
     * @throws ApiError {@code id_mismatch}, {@code pubkey_not_on_curve} or {@code invalid_signature}, the first that
     *     applies
     */
    public static VerifiedEvent verify(Event event, SignatureVerifier verifier) {
        byte[] id = EventId.of(event);
        byte[] key = event.pubkey().bytes();
        if (!MessageDigest.isEqual(id, Hex.decode(event.id()))) {
            throw ApiError.of(ErrorCode.ID_MISMATCH, "The event's id is not the hash of its fields (NIP-01).");
        }
        if (!verifier.verify(Hex.decode(event.sig()), id, key)) {
            throw verifier.isOnCurve(key)
                    ? ApiError.of(ErrorCode.INVALID_SIGNATURE, "The signature is not one of this key over this id.")
                    : ApiError.of(ErrorCode.PUBKEY_NOT_ON_CURVE, "The public key is not a point on secp256k1.");
        }
        return new VerifiedEvent(event);
    }

    public Event event() {
        return event;
    }

    public PublicKey pubkey() {
        return event.pubkey();
    }
}
