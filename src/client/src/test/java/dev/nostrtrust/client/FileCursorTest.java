package dev.nostrtrust.client;

import static dev.nostrtrust.client.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(VertxExtension.class)
class FileCursorTest {
    @TempDir
    private Path directory = Path.of("");

    private Path file = Path.of("");
    private Cursor cursor;

    @BeforeEach
    void create(Vertx vertx) {
        file = directory.resolve("cursor");
        cursor = Cursor.inFile(vertx, file);
    }

    @Test
    void without_a_file_a_feed_starts_at_0() {
        assertThat(await(cursor.load())).isZero();
        assertThat(file).doesNotExist();
    }

    @Test
    void a_stored_number_replaces_the_last_one_and_survives_a_restart(Vertx vertx) throws IOException {
        await(cursor.store(123_456));
        await(cursor.store(7));

        assertThat(await(Cursor.inFile(vertx, file).load())).isEqualTo(7);
        assertThat(Files.readString(file)).isEqualTo("7");
        assertThat(directory).isDirectoryNotContaining(path -> !path.equals(file));
    }

    @Test
    void the_rest_of_an_interrupted_write_is_overwritten() throws IOException {
        await(cursor.store(5));
        Files.writeString(directory.resolve("cursor.next"), "999999999");

        assertThat(await(cursor.load())).isEqualTo(5);
        await(cursor.store(6));
        assertThat(await(cursor.load())).isEqualTo(6);
    }

    @Test
    void a_file_edited_by_hand_may_end_with_a_line_break_and_must_be_a_number() throws IOException {
        Files.writeString(file, "42\n");
        assertThat(await(cursor.load())).isEqualTo(42);

        Files.writeString(file, "many");
        assertThatThrownBy(() -> await(cursor.load())).isInstanceOf(NumberFormatException.class);
    }

    @Test
    void a_number_that_cannot_be_stored_fails(Vertx vertx) {
        Cursor lost = Cursor.inFile(vertx, directory.resolve("missing").resolve("cursor"));

        assertThatThrownBy(() -> await(lost.store(1))).isInstanceOf(NoSuchFileException.class);
    }
}
