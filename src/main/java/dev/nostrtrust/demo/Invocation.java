package dev.nostrtrust.demo;

/** The command line that starts this program, for help texts and error messages. */
public final class Invocation {
    /** The start script of a release sets this property to its path. */
    private static final String SCRIPT = "nostr-trust.script";

    private static final String MAVEN = "mvn -q -Dquick compile exec:java";

    private Invocation() {}

    /** The command line of a command, such as {@code demo}. */
    public static String of(String command) {
        String script = System.getProperty(SCRIPT);
        if (script != null) {
            return script + " " + command;
        }
        String quote = command.contains(" ") ? "\"" : "";
        // serve is the default command.
        return MAVEN + (command.equals("serve") ? "" : " -Dexec.args=" + quote + command + quote);
    }

    /** The program name in usage texts. */
    public static String program() {
        return System.getProperty(SCRIPT, "nostr-trust-engine");
    }

    /** Usage footer with the command line in a checkout; empty in a release. */
    public static String hint(String command) {
        return System.getProperty(SCRIPT) == null ? "%nIn a checkout: " + of(command + " ...") : "";
    }
}
