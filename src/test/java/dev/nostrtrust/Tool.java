package dev.nostrtrust;

import dev.nostrtrust.browser.NodeModules;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A program that some tests need and a machine may lack: {@link Requires} skips these tests. */
public enum Tool {
    HAPROXY("haproxy", "apt-get install haproxy") {
        @Override
        public boolean isInstalled() {
            return runs(Path.of("."), "haproxy", "-v");
        }
    },
    NODE_MODULES("node with npm and the packages of src/test/js", "apt-get install nodejs npm") {
        @Override
        public boolean isInstalled() {
            return NodeModules.isInstalled();
        }
    },
    K6_TYPES("node with npm and the packages of src/load", "apt-get install nodejs npm") {
        @Override
        public boolean isInstalled() {
            return NodeModules.hasTypesOfK6();
        }
    },
    CHROMIUM("Chromium", "apt-get install chromium") {
        @Override
        public boolean isInstalled() {
            return chromium().isPresent();
        }
    },
    PGBOUNCER("PgBouncer", "apt-get install pgbouncer") {
        @Override
        public boolean isInstalled() {
            return pgBouncer().isPresent();
        }
    },
    K6("k6", "src/load/install-k6 builds it, and the variable K6 names it") {
        @Override
        public boolean isInstalled() {
            return runs(Path.of("."), k6(), "version");
        }
    },
    NAMESPACES("user namespaces", "unshare is part of util-linux; they may be forbidden") {
        @Override
        public boolean isInstalled() {
            return runs(Path.of("."), "unshare", "-Urm", "true");
        }

        @Override
        boolean isRight() {
            return true;
        }
    },
    READ_ONLY_ROOT("the right to make / read-only in a namespace", "containers often withhold it") {
        @Override
        public boolean isInstalled() {
            return runs(Path.of("."), "unshare", "-Urm", "mount", "-o", "remount,bind,ro", "/");
        }

        @Override
        boolean isRight() {
            return true;
        }
    },
    SETPRIV("setpriv", "it is part of util-linux") {
        @Override
        public boolean isInstalled() {
            return runs(Path.of("."), "setpriv", "--no-new-privs", "true");
        }
    },
    BILL_OF_MATERIALS("target/sbom.cdx.json", "mvn without -o makes it") {
        @Override
        public boolean isInstalled() {
            return Files.exists(Path.of("target/sbom.cdx.json"));
        }
    },
    /** For the test of {@link Requires}. */
    UNICORN("a tool that no machine has", "it cannot be installed") {
        @Override
        public boolean isInstalled() {
            return false;
        }
    };

    private final String title;
    private final String source;

    Tool(String title, String source) {
        this.title = title;
        this.source = source;
    }

    /** How a program ended, and all that it wrote. */
    public record Outcome(int exitStatus, String output) {}

    /** Tells whether this machine has the tool. */
    public abstract boolean isInstalled();

    /** Tells whether this is a right, which a machine may withhold and nobody can install. */
    boolean isRight() {
        return false;
    }

    /** The name of the tool, and how to get it. */
    @Override
    public String toString() {
        return title + " (" + source + ")";
    }

    /** The command that runs k6. */
    public static String k6() {
        return System.getenv().getOrDefault("K6", "k6");
    }

    /** The executable of Chromium. */
    public static Optional<Path> chromium() {
        return executable("chromium", "chromium-browser", "google-chrome");
    }

    /** The executable of PgBouncer. */
    public static Optional<Path> pgBouncer() {
        return executable("pgbouncer");
    }

    /** The first of these programs on the PATH, or where the system's services are. */
    private static Optional<Path> executable(String... names) {
        return Stream.of((System.getenv("PATH") + ":/usr/sbin").split(":", -1))
                .flatMap(directory -> Stream.of(names).map(name -> Path.of(directory, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Runs a program in a directory and waits for its end. */
    public static Outcome run(Path directory, Map<String, String> environment, List<String> command)
            throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), output);
    }

    /** Runs a program in a directory and tells whether it ended well. */
    public static boolean runs(Path directory, String... command) {
        try {
            return run(directory, Map.of(), List.of(command)).exitStatus() == 0;
        } catch (IOException notThere) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
