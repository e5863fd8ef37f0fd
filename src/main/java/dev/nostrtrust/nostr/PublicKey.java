package dev.nostrtrust.nostr;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import java.util.Arrays;
import java.util.Locale;

/**
 * A Nostr public key: the x coordinate of a secp256k1 point (BIP-340), as 64 lower-case hexadecimal digits. That it
 * lies on the curve is known only of the key of a {@link VerifiedEvent}.
 *
 * @param hex the form that is stored and compared
 */
public record PublicKey(String hex) implements Comparable<PublicKey> {
    private static final int HEX_DIGITS = 64;
    private static final int BYTES = 32;
    private static final int TLV_SPECIAL = 0;

    public PublicKey {
        if (!Hex.isHex(hex, HEX_DIGITS)) {
            throw ApiError.of(ErrorCode.INVALID_PUBKEY, "A public key is 64 lower-case hexadecimal digits.");
        }
    }

    /**
     * Reads hex, npub or nprofile, with or without {@code nostr:} (NIP-19, NIP-21).
     *
     * @throws ApiError {@code nsec_refused} for a secret key, which is not echoed; {@code invalid_pubkey} for the rest
     */
    public static PublicKey parse(String text) {
        String bare = text.regionMatches(true, 0, "nostr:", 0, 6) ? text.substring(6) : text;
        String lower = bare.toLowerCase(Locale.ROOT);
        if (lower.startsWith("nsec1")) {
            throw ApiError.of(
                    ErrorCode.NSEC_REFUSED,
                    "This is a secret key. Never send it anywhere; consider it exposed and make a new one.");
        }
        boolean npub = lower.startsWith("npub1");
        if (!npub && !lower.startsWith("nprofile1")) {
            return new PublicKey(bare);
        }
        byte[] data = Bech32.decode(npub ? "npub" : "nprofile", bare);
        if (data == null) {
            throw ApiError.of(ErrorCode.INVALID_PUBKEY, "The checksum or the form of the npub or nprofile is wrong.");
        }
        byte[] key = npub ? data : special(data);
        if (key.length != BYTES) {
            throw ApiError.of(ErrorCode.INVALID_PUBKEY, "The npub or nprofile does not hold a key of 32 bytes.");
        }
        return new PublicKey(Hex.encode(key));
    }

    public byte[] bytes() {
        return Hex.decode(hex);
    }

    /** The form for people (NIP-19). */
    public String npub() {
        return Bech32.encode("npub", bytes());
    }

    @Override
    public int compareTo(PublicKey other) {
        return hex.compareTo(other.hex);
    }

    /** The first entry of type 0 in a list of type, length, value; empty where there is none with room for a key. */
    private static byte[] special(byte[] tlv) {
        for (int at = 0; at + 2 + BYTES <= tlv.length; at += 2 + (tlv[at + 1] & 0xff)) {
            if (tlv[at] == TLV_SPECIAL) {
                return Arrays.copyOfRange(tlv, at + 2, at + 2 + (tlv[at + 1] & 0xff));
            }
        }
        return new byte[0];
    }
}
