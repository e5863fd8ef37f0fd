package dev.nostrtrust.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The TypeScript compiler reads the k6 scripts against the types of k6. Skipped, and said so, without Node and npm. */
class LoadScriptTypesTest {
    private static final Path SOURCE = Path.of("src/load");
    private static final Path PLACE = Path.of("target/load");
    private static final Tool NODE = new Tool(PLACE, Map.of());
    private static final String TSC = "node_modules/typescript/bin/tsc";

    @BeforeEach
    void typescript_is_there() throws Exception {
        copySources();
        if (!Files.exists(PLACE.resolve(TSC)) || !Files.isDirectory(PLACE.resolve("node_modules/@types/k6"))) {
            NODE.demand(
                    "no npm that brings in TypeScript",
                    List.of("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"));
        }
        NODE.demand("no node that runs TypeScript", List.of("node", TSC, "--version"));
    }

    @Test
    void the_scripts_agree_with_the_types_of_k6() throws Exception {
        Tool.Outcome outcome = NODE.run(List.of("node", TSC, "--noEmit"));

        assertThat(outcome.output()).isEmpty();
        assertThat(outcome.exitStatus()).isZero();
    }

    @Test
    void a_script_that_misspells_a_function_of_k6_is_found() throws Exception {
        Path wrong = PLACE.resolve("wrong.js");
        Files.writeString(wrong, "import http from 'k6/http'\nexport default () => http.gett('http://localhost')\n");
        try {
            Tool.Outcome outcome = NODE.run(List.of("node", TSC, "--noEmit"));

            assertThat(outcome.output()).contains("wrong.js", "gett");
            assertThat(outcome.exitStatus()).isNotZero();
        } finally {
            Files.delete(wrong);
        }
    }

    /** Without what npm has put beside them. */
    private static void copySources() throws IOException {
        Files.createDirectories(PLACE.resolve("lib"));
        try (var files = Files.walk(SOURCE)) {
            files.filter(file -> !file.startsWith(SOURCE.resolve("node_modules")))
                    .filter(file -> file.toString().matches(".*\\.(js|json)"))
                    .forEach(LoadScriptTypesTest::copy);
        }
    }

    private static void copy(Path file) {
        try {
            Files.copy(file, PLACE.resolve(SOURCE.relativize(file)), StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
