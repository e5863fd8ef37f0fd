package dev.nostrtrust.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Command lines of Java, as this process runs on it. */
final class JavaCommand {
    /** From this release on, Java warns of native libraries unless they are allowed. */
    private static final int WARNS_SINCE = 24;

    private JavaCommand() {}

    /** A list to which the arguments of the program can be added. */
    static List<String> of(List<String> options, String classPath, String main) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (Runtime.version().feature() >= WARNS_SINCE) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, main));
        return command;
    }
}
