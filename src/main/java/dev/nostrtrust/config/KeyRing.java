package dev.nostrtrust.config;

import dev.nostrtrust.config.Settings.TokenAlgorithm;
import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Keys in rotation: the first key signs, all keys verify.
 *
 * @param all at least one
 */
public record KeyRing(List<Key> all) {
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_.-]{1,64}");
    private static final int MIN_BYTES = 32;
    private static final int LONGEST_SHOWN = 32;
    private static final int LEAST_DIFFERENT = 8;

    /**
     * A key and its id.
     *
     * @param id 1 to 64 letters, digits, dots, dashes and underscores
     * @param base64 its bytes; 32 or more
     */
    public record Key(String id, String base64) {
        /**
         * The decoded key.
         *
         * @throws IllegalArgumentException if it is not base64
         */
        public byte[] bytes() {
            try {
                return Base64.getDecoder().decode(base64);
            } catch (IllegalArgumentException notBase64) {
                throw new IllegalArgumentException("the key \"" + id + "\" is not base64", notBase64);
            }
        }

        /**
         * The private scalar of a P-256 key in PKCS#8.
         *
         * @throws IllegalArgumentException if this is not a P-256 key in PKCS#8
         */
        public BigInteger p256Scalar() {
            try {
                AlgorithmParameters p256 = AlgorithmParameters.getInstance("EC");
                p256.init(new ECGenParameterSpec("secp256r1"));
                ECParameterSpec curve = p256.getParameterSpec(ECParameterSpec.class);
                if (KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(bytes()))
                                instanceof ECPrivateKey key
                        && key.getParams().getCurve().equals(curve.getCurve())
                        && key.getS().signum() > 0
                        && key.getS().compareTo(curve.getOrder()) < 0) {
                    return key.getS();
                }
            } catch (GeneralSecurityException notAKey) {
                // Reported below.
            }
            throw new IllegalArgumentException("the key \"" + id + "\" is not a P-256 key in PKCS#8");
        }

        private boolean isSameAs(Key other) {
            return withoutPadding().equals(other.withoutPadding());
        }

        private String withoutPadding() {
            return base64.replace("=", "");
        }

        @Override
        public String toString() {
            return "Key " + id;
        }
    }

    public KeyRing {
        all = List.copyOf(all);
        if (all.isEmpty()) {
            throw new IllegalArgumentException("at least one key is required");
        }
    }

    /** The key that signs. */
    public Key first() {
        return all.get(0);
    }

    /** Parses {@code id:base64,id:base64}; both base64 alphabets are accepted. */
    public static KeyRing parse(String text) {
        List<Key> keys = new ArrayList<>();
        for (String entry : text.split(",", -1)) {
            int colon = entry.indexOf(':');
            String base64 = entry.substring(colon + 1).strip().replace('-', '+').replace('_', '/');
            keys.add(new Key(entry.substring(0, Math.max(colon, 0)).strip(), base64));
        }
        return new KeyRing(keys);
    }

    /** The problems of a text of keys for an algorithm. Problems never contain a key. */
    public static List<String> problems(String name, String text, TokenAlgorithm algorithm) {
        return switch (algorithm) {
            case HS256 -> problems(name, text);
            case ES256 -> problems(name, text, key -> key.p256Scalar().toByteArray());
        };
    }

    /** The problems of a text of shared secrets. Problems never contain a key. */
    public static List<String> problems(String name, String text) {
        return problems(name, text, Key::bytes);
    }

    private static List<String> problems(String name, String text, Function<Key, byte[]> secretOf) {
        List<String> problems = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        Set<BigInteger> secrets = new HashSet<>();
        int number = 0;
        for (Key key : parse(text).all()) {
            number++;
            if (key.id().isEmpty()) {
                problems.add(name + " has an entry that is not id:base64; separate entries by commas");
                continue;
            }
            if (!ID.matcher(key.id()).matches()) {
                problems.add(
                        name
                                + " must be id:base64, separated by commas, each id of 1 to 64 letters, digits, dots or dashes");
            } else if (!ids.add(key.id())) {
                problems.add(name + " has the id " + shown(key.id(), number) + " twice");
            }
            String the = name + ": the key " + shown(key.id(), number);
            try {
                byte[] secret = secretOf.apply(key);
                if (key.bytes().length < MIN_BYTES) {
                    problems.add(the + " is shorter than " + MIN_BYTES + " bytes");
                } else if (isGuessable(secret)) {
                    problems.add(the + " is guessable; use random bytes");
                } else if (!secrets.add(new BigInteger(secret))) {
                    problems.add(the + " is the same as another one under a different id");
                }
            } catch (IllegalArgumentException notAKey) {
                String why = String.valueOf(notAKey.getMessage());
                problems.add(name + ": " + why.replace("\"" + key.id() + "\"", shown(key.id(), number)));
            }
        }
        return problems;
    }

    /** A long id may be a key by mistake, so only its number is shown. */
    private static String shown(String id, int number) {
        return id.length() > LONGEST_SHOWN ? "no. " + number : "\"" + id + "\"";
    }

    /** Whether two key rings share a key. */
    boolean share(KeyRing others) {
        return all.stream().anyMatch(key -> others.all.stream().anyMatch(key::isSameAs));
    }

    /** Random bytes and the differences between them are nearly all distinct. */
    private static boolean isGuessable(byte[] secret) {
        Set<Integer> bytes = new HashSet<>();
        Set<Integer> steps = new HashSet<>();
        for (int i = 1; i < secret.length; i++) {
            bytes.add((int) secret[i]);
            steps.add(secret[i] - secret[i - 1]);
        }
        return bytes.size() < LEAST_DIFFERENT || steps.size() < LEAST_DIFFERENT;
    }
}
