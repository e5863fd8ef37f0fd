package dev.nostrtrust.app;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version of the program, from the file that the build writes. */
final class Release implements IVersionProvider {
    private static final String FILE = "/release.properties";

    @Override
    public String[] getVersion() throws IOException {
        Properties release = new Properties();
        try (InputStream file = Objects.requireNonNull(Release.class.getResourceAsStream(FILE), FILE)) {
            release.load(file);
        }
        return new String[] {release.getProperty("version")};
    }
}
