package dev.nostrtrust.auth;

import dev.nostrtrust.config.Settings.TokenAlgorithm;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Base64;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.util.BigIntegers;

/**
 * The canonical form of token signatures. Only this form is accepted, so that a token has one spelling: 32 octets for
 * HS256; for ES256 the 64 octets r and s (RFC 7518, section 3.4), with the smaller s of the two valid ones. Pure.
 */
final class CanonicalSignature {
    private static final int MAC_LENGTH = 32;
    private static final int HALF_LENGTH = 32;
    private static final BigInteger ORDER =
            CustomNamedCurves.getByName("secp256r1").getN();
    private static final BigInteger MAX_S = ORDER.shiftRight(1);

    private CanonicalSignature() {}

    static boolean isCanonical(TokenAlgorithm algorithm, byte[] signature) {
        return switch (algorithm) {
            case HS256 -> signature.length == MAC_LENGTH;
            case ES256 ->
                signature.length == 2 * HALF_LENGTH
                        && isInRange(r(signature), ORDER.subtract(BigInteger.ONE))
                        && isInRange(s(signature), MAX_S);
        };
    }

    /** An ES256 token with its signature in the canonical form. */
    static String canonical(String token) {
        int start = token.lastIndexOf('.') + 1;
        byte[] signature = Base64.getUrlDecoder().decode(token.substring(start));
        BigInteger s = s(signature);
        if (s.compareTo(MAX_S) <= 0) {
            return token;
        }
        byte[] smaller = BigIntegers.asUnsignedByteArray(HALF_LENGTH, ORDER.subtract(s));
        System.arraycopy(smaller, 0, signature, HALF_LENGTH, HALF_LENGTH);
        return token.substring(0, start)
                + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
    }

    private static BigInteger r(byte[] signature) {
        return new BigInteger(1, Arrays.copyOf(signature, HALF_LENGTH));
    }

    private static BigInteger s(byte[] signature) {
        return new BigInteger(1, Arrays.copyOfRange(signature, HALF_LENGTH, 2 * HALF_LENGTH));
    }

    private static boolean isInRange(BigInteger number, BigInteger max) {
        return number.signum() > 0 && number.compareTo(max) <= 0;
    }
}
