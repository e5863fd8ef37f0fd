package dev.nostrtrust.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.db.DatabaseState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadinessTest {

    private static List<String> codes(ServerPhase phase, DatabaseState database) {
        return Readiness.reasons(phase, database).stream().map(Readiness::code).toList();
    }

    @Test
    void a_server_that_serves_and_can_write_is_ready() {
        assertThat(codes(ServerPhase.SERVING, DatabaseState.PRESENT)).isEmpty();
    }

    @Test
    void all_reasons_are_said_at_once() {
        assertThat(codes(ServerPhase.STARTING, DatabaseState.PRESENT)).containsExactly("starting");
        assertThat(codes(ServerPhase.STARTING, DatabaseState.AWAY)).containsExactly("starting", "database_away");
        assertThat(codes(ServerPhase.SERVING, DatabaseState.READ_ONLY)).containsExactly("database_read_only");
        assertThat(codes(ServerPhase.LEAVING, DatabaseState.AWAY)).containsExactly("stopping", "database_away");
    }

    @Test
    void the_reason_for_being_away_is_in_that_detail_alone() {
        assertThat(Readiness.DATABASE_AWAY.toJson("no answer in time").encode())
                .isEqualTo("{\"code\":\"database_away\","
                        + "\"detail\":\"The database does not answer. Reason: no answer in time\"}");
        assertThat(Readiness.STOPPING.toJson("no answer in time").encode()).doesNotContain("Reason");
        assertThat(Readiness.DATABASE_AWAY.toJson(null).encode()).doesNotContain("Reason");
    }

    @Test
    void every_code_is_in_the_documentation() throws IOException {
        String documentation = Files.readString(Path.of("docs", "operations.md"));

        assertThat(Readiness.values())
                .allSatisfy(reason -> assertThat(documentation).contains("| `" + reason.code() + "` |"));
    }
}
