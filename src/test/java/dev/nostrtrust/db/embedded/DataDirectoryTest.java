package dev.nostrtrust.db.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nostrtrust.config.PrivateFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
    private static final String WAY_OUT = " Set DATA_DIR to another directory, or set DATABASE_URL.";

    @Test
    void a_directory_that_cannot_be_used_is_refused_with_the_reason(@TempDir Path parent) throws IOException {
        Path file = Files.createFile(parent.resolve("file"));

        assertThat(catchThrowable(() -> DataDirectory.open(file.toString())))
                .hasMessage("DATA_DIR " + file + " cannot be used: a file is in the place of a directory." + WAY_OUT);
        assertThat(catchThrowable(() -> DataDirectory.open("/proc/no-such-place")))
                .hasMessage("DATA_DIR /proc/no-such-place cannot be used: no such file or directory." + WAY_OUT);
    }

    @Test
    void a_directory_is_its_owners_alone_and_is_made_so_if_it_is_ours(@TempDir Path parent) throws IOException {
        assumeTrue(PrivateFile.POSIX, "SKIPPED: no POSIX permissions here");
        Path fresh = parent.resolve("fresh");
        Path open = Files.createDirectory(parent.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));

        DataDirectory.open(fresh.toString()).close();
        DataDirectory.open(open.toString()).close();

        assertThat(Files.getPosixFilePermissions(fresh)).isEqualTo(PrivateFile.DIRECTORY);
        assertThat(Files.getPosixFilePermissions(open)).isEqualTo(PrivateFile.DIRECTORY);
    }

    @Test
    void a_directory_of_another_user_is_refused(@TempDir Path parent) throws IOException {
        assumeTrue(isRoot(), "SKIPPED: only root can give a directory to another user");
        Path foreign = Files.createDirectory(parent.resolve("foreign"));
        Files.setAttribute(foreign, "unix:uid", 65534);

        assertThat(catchThrowable(() -> DataDirectory.open(foreign.toString())))
                .hasMessageContaining("DATA_DIR " + foreign + " belongs to ")
                .hasMessageContaining("DATABASE_URL");
    }

    private static boolean isRoot() throws IOException {
        return PrivateFile.POSIX
                && Files.getAttribute(Path.of("/"), "unix:uid").equals(0)
                && System.getProperty("user.name").equals("root");
    }
}
