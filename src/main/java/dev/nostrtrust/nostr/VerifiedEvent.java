package dev.nostrtrust.nostr;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import java.security.MessageDigest;

/** An event with verified id and signature. Only {@link #verify} creates one. */
public final class VerifiedEvent {
    private final Event event;

    private VerifiedEvent(Event event) {
        this.event = event;
    }

    /**
     * Verifies the id and the signature of an event. Too CPU-intensive for an event loop.
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
                    ? ApiError.of(ErrorCode.INVALID_SIGNATURE, "The signature does not match the key and the id.")
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
