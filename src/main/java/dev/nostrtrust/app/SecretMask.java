package dev.nostrtrust.app;

import java.util.regex.Pattern;

/** Masks possible secrets in messages. Pure. */
final class SecretMask {
    private static final Pattern TOKEN = Pattern.compile("eyJ[A-Za-z0-9_.-]+");
    private static final Pattern SECRET_KEY = Pattern.compile("(?i)nsec1[0-9a-z]+");
    private static final Pattern USER = Pattern.compile("://[^\\s/@]*(?:[^\\s@]*@)+");
    private static final Pattern PASSWORD = Pattern.compile("(?i)(password=)[^&\\s]+");

    private SecretMask() {}

    /** Masks tokens, secret keys, and users and passwords in URLs. */
    static String masked(String text) {
        String masked = TOKEN.matcher(text).replaceAll("(a token)");
        masked = SECRET_KEY.matcher(masked).replaceAll("(a secret key)");
        masked = PASSWORD.matcher(masked).replaceAll("$1(password)");
        return USER.matcher(masked).replaceAll("://(user)@");
    }
}
