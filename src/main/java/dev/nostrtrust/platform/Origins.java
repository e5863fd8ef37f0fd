package dev.nostrtrust.platform;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;

/**
 * The origins at which this server is reached. They come from the settings and never from a request's headers.
 *
 * @param all at least one, such as {@code https://example.com}; the first is the one that challenges name by default
 */
public record Origins(List<String> all) {

    public Origins {
        all = List.copyOf(all);
        if (all.isEmpty()) {
            throw new IllegalArgumentException("at least one origin is needed");
        }
    }

    /** This origin if it is one of ours, otherwise the first one. */
    public String orFirst(@org.jspecify.annotations.Nullable String origin) {
        return origin != null && all.contains(origin) ? origin : all.get(0);
    }

    /** Host and port of an origin, as a person sees them in an address bar. */
    public static String authority(String origin) {
        return origin.substring(origin.indexOf("://") + 3);
    }

    static boolean isOrigin(String text) {
        try {
            URI uri = new URI(text);
            boolean web = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
            return web
                    && uri.getHost() != null
                    && text.equals(uri.getScheme() + "://" + uri.getRawAuthority())
                    && uri.getRawUserInfo() == null
                    && text.equals(text.toLowerCase(Locale.ROOT));
        } catch (URISyntaxException e) {
            return false;
        }
    }
}
