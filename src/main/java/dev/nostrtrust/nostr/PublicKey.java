package dev.nostrtrust.nostr;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import java.util.Arrays;
import java.util.Locale;

/**
 * A Nostr public key: the x coordinate of a secp256k1 point (BIP-340), as 64 lower-case hexadecimal digits. Only the
 * key of a {@link VerifiedEvent} is known to be on the curve.
 *
 * @param hex the form in the database and the API
 */
public record PublicKey(String hex) implements Comparable<PublicKey> {
    private static final int HEX_DIGITS = 64;
    private static final int BYTES = 32;
    private static final int TLV_SPECIAL = 0;

    public PublicKey {
        if (!Hex.isHex(hex, HEX_DIGITS)) {
            throw ApiError.of(ErrorCode.INVALID_PUBKEY, "A public key must be 64 lower-case hexadecimal digits.");
        }
    }

    /**
     * Parses hex, npub or nprofile, with or without {@code nostr:} (NIP-19, NIP-21).
     *
     * @throws ApiError {@code nsec_refused} for a secret key, which the message does not contain;
     *     {@code invalid_pubkey} for any other invalid text
     */
    public static PublicKey parse(String text) {
        String bare = text.regionMatches(true, 0, "nostr:", 0, 6) ? text.substring(6) : text;
        String lower = bare.toLowerCase(Locale.ROOT);
        if (lower.startsWith("nsec1")) {
            throw ApiError.of(
                    ErrorCode.NSEC_REFUSED,
                    "This is a secret key. Never send it to a server. Consider it exposed and create a new key.");
        }
        boolean npub = lower.startsWith("npub1");
        if (!npub && !lower.startsWith("nprofile1")) {
            return new PublicKey(bare);
        }
        byte[] data = Bech32.decode(npub ? "npub" : "nprofile", bare);
        if (data == null) {
            throw ApiError.of(ErrorCode.INVALID_PUBKEY, "The npub or nprofile is malformed or has a wrong checksum.");
        }
        byte[] key = npub ? data : specialEntry(data);
        if (key.length != BYTES) {
            throw ApiError.of(ErrorCode.INVALID_PUBKEY, "The npub or nprofile does not contain a key of 32 bytes.");
        }
        return new PublicKey(Hex.encode(key));
    }

    public byte[] bytes() {
        return Hex.decode(hex);
    }

    /** The npub of the key (NIP-19). */
    public String npub() {
        return Bech32.encode("npub", bytes());
    }

    @Override
    public int compareTo(PublicKey other) {
        return hex.compareTo(other.hex);
    }

    /** The first entry of type 0 in a TLV list (NIP-19); empty if there is none long enough for a key. */
    private static byte[] specialEntry(byte[] tlv) {
        for (int at = 0; at + 2 + BYTES <= tlv.length; at += 2 + (tlv[at + 1] & 0xff)) {
            if (tlv[at] == TLV_SPECIAL) {
                return Arrays.copyOfRange(tlv, at + 2, at + 2 + (tlv[at + 1] & 0xff));
            }
        }
        return new byte[0];
    }
}
