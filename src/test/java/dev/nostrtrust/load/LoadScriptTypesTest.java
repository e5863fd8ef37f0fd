package dev.nostrtrust.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.browser.NodeModules;
import dev.nostrtrust.fixture.Requires;
import dev.nostrtrust.fixture.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The TypeScript compiler reads the k6 scripts against the types of k6. */
@Requires(Tool.K6_TYPES)
@Tag("full")
class LoadScriptTypesTest {
    private static final String TSC = "node_modules/typescript/bin/tsc";

    private static Tool.Outcome compile() throws IOException, InterruptedException {
        return NodeModules.run(NodeModules.load(), "node", TSC, "--noEmit");
    }

    @Test
    void the_scripts_agree_with_the_types_of_k6() throws Exception {
        Tool.Outcome outcome = compile();

        assertThat(outcome.output()).isEmpty();
        assertThat(outcome.exitStatus()).isZero();
    }

    @Test
    void a_script_that_misspells_a_function_of_k6_is_found() throws Exception {
        Path wrong = NodeModules.load().resolve("wrong.js");
        Files.writeString(wrong, "import http from 'k6/http'\nexport default () => http.gett('http://localhost')\n");
        try {
            Tool.Outcome outcome = compile();

            assertThat(outcome.output()).contains("wrong.js", "gett");
            assertThat(outcome.exitStatus()).isNotZero();
        } finally {
            Files.delete(wrong);
        }
    }
}
