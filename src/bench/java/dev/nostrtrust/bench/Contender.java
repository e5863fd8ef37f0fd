package dev.nostrtrust.bench;

/** Something that can be measured: the server, or a limit beside it. */
interface Contender {
    Sample measure() throws Exception;

    /** Runs the same load unmeasured, until the code is compiled and the caches are full. */
    default void warmUp() throws Exception {}

    /** What has to be done before each measurement, and is not measured. */
    interface Preparation {
        void run() throws Exception;
    }

    /** A contender that is not there. The table shows the reason. */
    record Missing(String reason) implements Contender {
        @Override
        public Sample measure() {
            throw new IllegalStateException(reason);
        }
    }
}
