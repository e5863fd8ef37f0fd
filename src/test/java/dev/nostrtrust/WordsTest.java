package dev.nostrtrust;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Names and texts use the standard terms of the field, in plain English: words that were replaced do not come back. */
class WordsTest {
    private static final List<String> ROOTS = List.of(
            "src", "docs", "conf", "deploy", "db-changelog", "pom.xml", "README.md", "CHANGELOG.md", "Dockerfile");
    private static final Pattern TEXT =
            Pattern.compile(".*\\.(java|js|mjs|ts|md|yaml|yml|xml|properties|sql|html|css|cfg|sh)"
                    + "|.*/(Dockerfile|\\.env\\.example|nostr-trust)|Dockerfile");

    /** In parts, so that this file does not contain them. */
    private static final List<String> REPLACED = List.of(
            "pat" + "ience",
            "set" + "back",
            "tear" + "down",
            "un" + "ready",
            "in the " + "works",
            "steps " + "aside",
            "one " + "who",
            "those " + "who",
            "some" + "body",
            "who" + "ever",
            "so " + "many",
            "is " + "told",
            "says " + "so",
            "takes " + "on",
            "on the way " + "down");

    private static final Pattern WORDS = Pattern.compile(
            "(?<![a-z])(" + String.join("|", REPLACED).replace(" ", "\\s+(\\*\\s+|//\\s+|#\\s+)?") + ")(?![a-z])");

    @Test
    void replaced_words_are_in_no_name_comment_text_or_page() {
        assertThat(ROOTS.stream().flatMap(WordsTest::files).flatMap(WordsTest::findings))
                .isEmpty();
    }

    private static Stream<Path> files(String root) {
        try (Stream<Path> files = Files.walk(Path.of(root))) {
            return files
                    .filter(file -> TEXT.matcher(file.toString()).matches())
                    .filter(file -> !file.toString().contains("node_modules"))
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Words in camel case are separated first, and case is ignored. */
    private static Stream<String> findings(Path file) {
        try {
            String text = Files.readString(file)
                    .replaceAll("([a-z])([A-Z])", "$1 $2")
                    .replace('_', ' ')
                    .toLowerCase(Locale.ROOT);
            return WORDS.matcher(text)
                    .results()
                    .map(found -> file + ":"
                            + (text.substring(0, found.start()).lines().count()) + " " + found.group());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
