package dev.nostrtrust.auth;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bouncycastle.util.BigIntegers;

/** Generates spellings that a lenient parser reads as the same token: other encodings of parts and signatures. */
final class TokenSpellings {
    private static final BigInteger ORDER =
            new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private TokenSpellings() {}

    /** The spellings of a token; the token itself is the first. */
    static Set<String> of(String token) {
        String[] parts = token.split("\\.", -1);
        Set<String> all = new LinkedHashSet<>(List.of(token));
        for (int i = 0; i < parts.length; i++) {
            for (String part : encodings(parts[i])) {
                String[] other = parts.clone();
                other[i] = part;
                all.add(String.join(".", other));
            }
        }
        byte[] signature = Base64.getUrlDecoder().decode(parts[2]);
        List<byte[]> forms = new ArrayList<>(List.of(Arrays.copyOf(signature, signature.length + 1)));
        if (signature.length == 64) {
            forms.addAll(forms(signature));
        }
        for (byte[] form : forms) {
            String text = Base64.getUrlEncoder().withoutPadding().encodeToString(form);
            all.add(parts[0] + "." + parts[1] + "." + text);
        }
        for (String text :
                List.of(token + ".", "." + token, token + " ", " " + token, token + "\n", token + "\u0000")) {
            all.add(text);
        }
        return all;
    }

    /**
     * Encodings that a lenient decoder reads as the same bytes: padding, unused bits, the other alphabet, white space.
     */
    private static List<String> encodings(String part) {
        List<String> all = new ArrayList<>(
                List.of(part + "=", part + "==", part.replace('-', '+').replace('_', '/')));
        all.add(part.substring(0, 4) + "\n" + part.substring(4));
        int last = ALPHABET.indexOf(part.charAt(part.length() - 1));
        int spare = part.length() % 4 == 3 ? 4 : part.length() % 4 == 2 ? 16 : 1;
        for (int bits = 1; bits < spare; bits++) {
            all.add(part.substring(0, part.length() - 1) + ALPHABET.charAt(last | bits));
        }
        return all;
    }

    /** Each valid s with r: in 64 octets, in DER, and with leading zeros. */
    private static List<byte[]> forms(byte[] signature) {
        BigInteger r = new BigInteger(1, Arrays.copyOf(signature, 32));
        BigInteger s = new BigInteger(1, Arrays.copyOfRange(signature, 32, 64));
        List<byte[]> all = new ArrayList<>();
        for (BigInteger either : List.of(s, ORDER.subtract(s), ORDER.add(s))) {
            byte[] der = concat(integer(r), integer(either));
            all.add(concat(new byte[] {0x30, (byte) der.length}, der));
            all.add(concat(new byte[] {0x30, (byte) 0x81, (byte) der.length}, der));
            for (int length = 32; length <= 48; length++) {
                if (either.bitLength() <= 8 * length) {
                    all.add(concat(
                            BigIntegers.asUnsignedByteArray(length, r),
                            BigIntegers.asUnsignedByteArray(length, either)));
                }
            }
        }
        BigInteger[] extremes = {BigInteger.ZERO, ORDER, BigInteger.ONE};
        for (BigInteger first : extremes) {
            for (BigInteger second : extremes) {
                all.add(concat(
                        BigIntegers.asUnsignedByteArray(32, first), BigIntegers.asUnsignedByteArray(32, second)));
            }
        }
        return all;
    }

    private static byte[] integer(BigInteger value) {
        byte[] bytes = value.toByteArray();
        return concat(new byte[] {0x02, (byte) bytes.length}, bytes);
    }

    private static byte[] concat(byte[] one, byte[] other) {
        byte[] both = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }
}
