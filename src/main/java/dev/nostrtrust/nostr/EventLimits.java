package dev.nostrtrust.nostr;

/**
 * How large an event may be, in counts and UTF-16 characters.
 *
 * @param tags how many tags
 * @param items how many strings in one tag
 * @param item how long one of those strings
 * @param content how long the content
 */
public record EventLimits(int tags, int items, int item, int content) {
    /** Generous for a login, whose template has four tags; far from what costs anything. */
    public static final EventLimits LOGIN = new EventLimits(64, 16, 1024, 2048);
}
