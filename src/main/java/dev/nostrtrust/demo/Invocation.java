package dev.nostrtrust.demo;

/** How this program is started here, for telling people what to type. */
public final class Invocation {
    /** Set by the start script of the release to its own path. */
    private static final String SCRIPT = "nostr-trust.script";

    private Invocation() {}

    /** What starts one of the commands, such as {@code demo}. */
    public static String of(String command) {
        String script = System.getProperty(SCRIPT);
        if (script != null) {
            return script + " " + command;
        }
        // Without a word of its own it serves.
        return "mvn -q compile exec:java" + (command.equals("serve") ? "" : " -Dexec.args=" + command);
    }
}
