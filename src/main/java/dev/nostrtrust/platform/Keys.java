package dev.nostrtrust.platform;

import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Keys that rotate: the first one makes new things, all of them are accepted.
 *
 * @param all at least one
 */
public record Keys(List<Key> all) {
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_.-]{1,64}");
    private static final int MIN_BYTES = 32;

    /**
     * One key with the name by which it is found again.
     *
     * @param id 1 to 64 letters, digits, dots, dashes and underscores
     * @param base64 its bytes; 32 or more
     */
    public record Key(String id, String base64) {
        public byte[] bytes() {
            return Base64.getDecoder().decode(base64);
        }

        @Override
        public String toString() {
            return "Key " + id;
        }
    }

    public Keys {
        all = List.copyOf(all);
        if (all.isEmpty()) {
            throw new IllegalArgumentException("at least one key is needed");
        }
    }

    /** The key that makes new things. */
    public Key first() {
        return all.get(0);
    }

    /** Reads {@code id:base64,id:base64}; both base64 alphabets are accepted. */
    public static Keys parse(String text) {
        List<Key> keys = new ArrayList<>();
        for (String entry : text.split(",", -1)) {
            int colon = entry.indexOf(':');
            String base64 = entry.substring(colon + 1).strip().replace('-', '+').replace('_', '/');
            keys.add(new Key(entry.substring(0, Math.max(colon, 0)).strip(), base64));
        }
        return new Keys(keys);
    }

    /** What is wrong with a text of keys; the keys themselves are not repeated. */
    static List<String> problems(String name, String text) {
        List<String> problems = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (Key key : parse(text).all()) {
            if (key.id().isEmpty()) {
                problems.add(name + " holds an entry that is not id:base64; entries are comma-separated");
                continue;
            }
            if (!ID.matcher(key.id()).matches()) {
                problems.add(
                        name + " is id:base64, comma-separated, each id of 1 to 64 letters, digits, dots or dashes");
            } else if (!ids.add(key.id())) {
                problems.add(name + " has the id \"" + key.id() + "\" twice");
            }
            try {
                if (key.bytes().length < MIN_BYTES) {
                    problems.add(name + ": the key \"" + key.id() + "\" is shorter than " + MIN_BYTES + " bytes");
                }
            } catch (IllegalArgumentException notBase64) {
                problems.add(name + ": the key \"" + key.id() + "\" is not base64");
            }
        }
        return problems;
    }
}
