package dev.nostrtrust.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
    @Test
    void a_directory_that_cannot_be_used_is_refused_with_the_reason(@TempDir Path parent) throws IOException {
        Path file = Files.createFile(parent.resolve("file"));

        assertThat(catchThrowable(() -> DataDirectory.open(file.toString())))
                .hasMessage("DATA_DIR " + file + " cannot be used: there is something that is no directory");
        assertThat(catchThrowable(() -> DataDirectory.open("/proc/no-such-place")))
                .hasMessage("DATA_DIR /proc/no-such-place cannot be used: it cannot be made there");
    }
}
