package dev.nostrtrust.db.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.nostrtrust.config.PrivateFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server runs only programs of the archive, even if another user can write to their directory. */
class PostgresProgramsTest {
    @TempDir
    private static Path parent;

    private static Path directory;

    @BeforeAll
    static void unpack() {
        directory = parent.resolve("programs");
        PostgresPrograms.in(directory);
    }

    @Test
    void the_fingerprint_of_the_archive_is_known() throws IOException {
        assertThat(PostgresPrograms.expected(PostgresPrograms.archive()))
                .as("postgres-fingerprints.properties, %s", PostgresPrograms.archive())
                .isEqualTo(PostgresPrograms.fingerprint(directory));
    }

    @Test
    void what_was_altered_is_not_the_archive() throws IOException {
        Path postgres = directory.resolve("bin/postgres");
        Path library = directory.resolve("lib/planted.so");
        byte[] original = Files.readAllBytes(postgres);
        byte[] altered = original.clone();
        altered[altered.length / 2] ^= 1;

        Files.write(postgres, altered);
        boolean byContent = PostgresPrograms.isIntact(directory);
        Files.write(postgres, original);
        Files.createFile(library);
        boolean byAddition = PostgresPrograms.isIntact(directory);
        Files.delete(library);

        assertThat(byContent).as("one bit of bin/postgres").isFalse();
        assertThat(byAddition).as("a file that is not in the archive").isFalse();
        assertThat(PostgresPrograms.isIntact(directory)).as("put right").isTrue();
    }

    @Test
    void a_directory_that_others_may_enter_or_that_is_a_link_is_not_trusted() throws IOException {
        assumeThat(PrivateFile.POSIX).as("SKIPPED: no POSIX permissions here").isTrue();
        Path link = Files.createSymbolicLink(parent.resolve("link"), directory);

        assertThat(Files.getPosixFilePermissions(directory)).isEqualTo(PosixFilePermissions.fromString("rwx------"));
        assertThat(PostgresPrograms.isIntact(link)).isFalse();
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        boolean open = PostgresPrograms.isIntact(directory);
        Files.setPosixFilePermissions(directory, PrivateFile.DIRECTORY);

        assertThat(open).isFalse();
    }

    @Test
    void programs_that_are_not_the_archives_are_replaced() throws IOException {
        Path other = parent.resolve("other");
        Path planted = Files.createDirectories(other.resolve("bin")).resolve("postgres");
        Files.writeString(planted, "#!/bin/sh\necho planted\n");
        Files.createSymbolicLink(other.resolve("lib"), directory.resolve("lib"));

        PostgresPrograms.in(other);

        assertThat(PostgresPrograms.isIntact(other)).isTrue();
        assertThat(PostgresPrograms.isIntact(directory))
                .as("links are not followed")
                .isTrue();
    }
}
