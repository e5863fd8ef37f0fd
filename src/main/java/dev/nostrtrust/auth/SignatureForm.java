package dev.nostrtrust.auth;

import dev.nostrtrust.config.Settings.TokenAlgorithm;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Base64;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.util.BigIntegers;

/**
 * The one form in which the signature of a token is accepted, so that a token has one spelling: for HS256 32 octets,
 * for ES256 64 octets r and s (RFC 7518, section 3.4), where s is the smaller one of the two that verify. Pure.
 */
final class SignatureForm {
    private static final int MAC = 32;
    private static final int HALF = 32;
    private static final BigInteger ORDER =
            CustomNamedCurves.getByName("secp256r1").getN();
    private static final BigInteger LARGEST_S = ORDER.shiftRight(1);

    private SignatureForm() {}

    static boolean isCanonical(TokenAlgorithm algorithm, byte[] signature) {
        return switch (algorithm) {
            case HS256 -> signature.length == MAC;
            case ES256 ->
                signature.length == 2 * HALF
                        && isWithin(r(signature), ORDER.subtract(BigInteger.ONE))
                        && isWithin(s(signature), LARGEST_S);
        };
    }

    /** This token of ES256 with the smaller s. */
    static String canonical(String token) {
        int start = token.lastIndexOf('.') + 1;
        byte[] signature = Base64.getUrlDecoder().decode(token.substring(start));
        BigInteger s = s(signature);
        if (s.compareTo(LARGEST_S) <= 0) {
            return token;
        }
        byte[] smaller = BigIntegers.asUnsignedByteArray(HALF, ORDER.subtract(s));
        System.arraycopy(smaller, 0, signature, HALF, HALF);
        return token.substring(0, start)
                + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
    }

    private static BigInteger r(byte[] signature) {
        return new BigInteger(1, Arrays.copyOf(signature, HALF));
    }

    private static BigInteger s(byte[] signature) {
        return new BigInteger(1, Arrays.copyOfRange(signature, HALF, 2 * HALF));
    }

    private static boolean isWithin(BigInteger number, BigInteger largest) {
        return number.signum() > 0 && number.compareTo(largest) <= 0;
    }
}
