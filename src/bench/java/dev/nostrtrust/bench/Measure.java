package dev.nostrtrust.bench;

import java.util.List;

/**
 * A measure of the server with the limits beside it.
 *
 * @param limits each is measured once after each measurement of the server
 */
record Measure(String name, Contender ours, List<Limit> limits) {

    /** What a ratio of the server to a limit must be. */
    enum Asked {
        AT_LEAST,
        AT_MOST,
        NOTHING
    }

    /**
     * A limit.
     *
     * @param name what it is
     * @param asked the required ratio of the server to it
     */
    record Limit(String name, Contender contender, Asked direction, double asked) {
        static Limit atLeast(double asked, String name, Contender contender) {
            return new Limit(name, contender, Asked.AT_LEAST, asked);
        }

        /** A limit without a required ratio. */
        static Limit beside(String name, Contender contender) {
            return new Limit(name, contender, Asked.NOTHING, Double.NaN);
        }

        static Limit atMost(double asked, String name, Contender contender) {
            return new Limit(name, contender, Asked.AT_MOST, asked);
        }
    }
}
