package dev.nostrtrust.nostr;

/**
 * Size limits of an event, in counts and UTF-16 code units.
 *
 * @param tags number of tags
 * @param items number of strings in a tag
 * @param item length of a string in a tag
 * @param content length of the content
 */
public record EventLimits(int tags, int items, int item, int content) {
    /** Limits of a login event. Its template has four tags. */
    public static final EventLimits LOGIN = new EventLimits(64, 16, 1024, 2048);
}
