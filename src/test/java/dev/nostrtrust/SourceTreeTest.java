package dev.nostrtrust;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rules of docs/architecture.md for packages and files, and the figures of the tree. */
class SourceTreeTest {
    private static final Path MAIN = Path.of("src/main/java");
    private static final Path TEST = Path.of("src/test/java");
    private static final int LONGEST_FILE = 400;
    private static final int LARGEST_PACKAGE = 35;

    /** The packages that most others use. */
    private static final Set<String> SHARED = Set.of("http", "config", "error");

    private static final Pattern TYPE = Pattern.compile(
            "^ *((?:(?:public|protected|private|static|final|abstract|sealed) )*)(?:class|record|enum|interface) \\w+",
            Pattern.MULTILINE);

    private record Source(Path file, String text) {
        String simpleName() {
            return file.getFileName().toString();
        }

        String packageName() {
            return MAIN.resolve("dev/nostrtrust")
                    .relativize(file.getParent())
                    .toString()
                    .replace('/', '.');
        }

        long lines() {
            return text.lines().count();
        }
    }

    private static List<Source> sources(Path root) {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.endsWith("package-info.java"))
                    .map(SourceTreeTest::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Source read(Path file) {
        try {
            return new Source(file, Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void no_file_has_more_than_400_lines() {
        assertThat(Stream.of(MAIN, TEST).flatMap(root -> sources(root).stream()))
                .filteredOn(source -> source.lines() > LONGEST_FILE)
                .extracting(Source::file)
                .isEmpty();
    }

    @Test
    void no_two_classes_have_one_simple_name() {
        Map<String, Long> names = Stream.of(MAIN, TEST)
                .flatMap(root -> sources(root).stream())
                .collect(Collectors.groupingBy(Source::simpleName, Collectors.counting()));

        assertThat(names).allSatisfy((name, count) -> assertThat(count).isOne());
    }

    @Test
    void packages_are_many_and_small() {
        Map<String, Long> packages = sources(MAIN).stream()
                .collect(Collectors.groupingBy(Source::packageName, TreeMap::new, Collectors.counting()));

        assertThat(packages).hasSizeBetween(20, 26);
        assertThat(packages).allSatisfy((name, count) -> assertThat(count).isLessThan(LARGEST_PACKAGE));
    }

    @Test
    void the_median_file_has_60_to_130_lines() {
        List<Long> lines = sources(MAIN).stream().map(Source::lines).sorted().toList();

        assertThat(lines.get(lines.size() / 2)).isBetween(60L, 130L);
    }

    @Test
    void most_types_outside_the_shared_packages_are_not_public() {
        long all = 0;
        long published = 0;
        for (Source source : sources(MAIN)) {
            if (!SHARED.contains(source.packageName())) {
                Matcher type = TYPE.matcher(source.text());
                while (type.find()) {
                    all++;
                    published += type.group(1).contains("public") ? 1 : 0;
                }
            }
        }

        assertThat(2 * published).isLessThan(all);
    }
}
