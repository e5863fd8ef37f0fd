package dev.nostrtrust.demo;

/** How this program is started here, for telling people what to type. */
public final class Invocation {
    /** Set by the start script of the release to its own path. */
    private static final String SCRIPT = "nostr-trust.script";

    private static final String MAVEN = "mvn -q -Dquick compile exec:java";

    private Invocation() {}

    /** What starts one of the commands, such as {@code demo}. */
    public static String of(String command) {
        String script = System.getProperty(SCRIPT);
        if (script != null) {
            return script + " " + command;
        }
        String quote = command.contains(" ") ? "\"" : "";
        // Without a word of its own it serves.
        return MAVEN + (command.equals("serve") ? "" : " -Dexec.args=" + quote + command + quote);
    }

    /** What a usage calls the program. */
    public static String program() {
        return System.getProperty(SCRIPT, "nostr-trust-engine");
    }

    /** What stands below a usage where the program's name is not what one types; empty where it is. */
    public static String hint(String command) {
        return System.getProperty(SCRIPT) == null ? "%nIn a checkout: " + of(command + " ...") : "";
    }
}
