package dev.nostrtrust;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares the names in docs/architecture.md with the code. */
class ArchitectureDocsTest {
    private static final Path PAGE = Path.of("docs/architecture.md");

    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.nostrtrust");

    /** A package in the first column of a table. */
    private static final Pattern PACKAGE = Pattern.compile("^\\| `([a-z.]+)` \\|", Pattern.MULTILINE);

    /** A name in camel case, with or without a member: settings and headers look different. */
    private static final String CLASS = "[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*";

    private static final Pattern CODE = Pattern.compile("`(" + CLASS + ")(?:\\.(\\w+))?`");
    private static final Pattern DIAGRAM = Pattern.compile("```mermaid\n(.*?)```", Pattern.DOTALL);
    private static final Pattern PARTICIPANT = Pattern.compile("^ *participant (\\w+)$", Pattern.MULTILINE);
    private static final Pattern CALL =
            Pattern.compile("^ *(\\w+)-?->>(\\w+): (?:(\\w+)\\(\\))?.*$", Pattern.MULTILINE);
    private static final Pattern MEMBER = Pattern.compile("\\b(" + CLASS + ")\\.(\\w+)");

    private static String page() throws IOException {
        return Files.readString(PAGE);
    }

    @Test
    void the_table_has_every_package_of_main_from_the_top_down() throws IOException {
        Set<String> packages = MAIN.stream()
                .map(type -> type.getPackageName().substring("dev.nostrtrust.".length()))
                .collect(Collectors.toSet());

        List<String> named =
                PACKAGE.matcher(page()).results().map(found -> found.group(1)).toList();

        assertThat(named).isEqualTo(ArchitectureTest.PACKAGES).hasSameElementsAs(packages);
    }

    @Test
    void every_class_and_every_member_on_the_page_is_in_the_code() throws IOException {
        assertThat(unknown(page())).isEmpty();
    }

    @Test
    void the_journeys_are_drawn() throws IOException {
        assertThat(diagrams(page()).filter(text -> text.startsWith("sequenceDiagram")))
                .hasSize(3)
                .allSatisfy(text ->
                        assertThat(PARTICIPANT.matcher(text).results().count()).isGreaterThan(5));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "`LoginEndpoint` has the routes.",
                "`LoginRoutes.fly` has the routes.",
                "`JobStore.UNCLAIM` is a statement.",
                "```mermaid\nsequenceDiagram\n    participant LoginEndpoint\n```",
                "```mermaid\nsequenceDiagram\n    participant Bus\n    Note over Bus: Tokens.fly\n```",
                "```mermaid\nsequenceDiagram\n    participant Bus\n    Bus->>Bus: fly()\n```",
                "```mermaid\nsequenceDiagram\n    participant Bus\n    Bus->>Tokens: issue()\n```",
                "```mermaid\nstateDiagram-v2\n    queued --> running: JobStore.UNCLAIM (worker)\n```"
            })
    void a_name_that_is_not_in_the_code_is_found(String text) {
        assertThat(unknown(text)).hasSize(1);
    }

    /** The names on a page that the code does not have. */
    private static List<String> unknown(String page) {
        List<String> unknown = new ArrayList<>();
        String prose = DIAGRAM.matcher(page).replaceAll("");
        CODE.matcher(prose).results().forEach(found -> check(found.group(1), found.group(2), unknown));
        diagrams(page).forEach(text -> checkDiagram(text, unknown));
        return unknown;
    }

    private static Stream<String> diagrams(String page) {
        return DIAGRAM.matcher(page).results().map(found -> found.group(1));
    }

    private static void checkDiagram(String text, List<String> unknown) {
        Set<String> participants = new HashSet<>();
        PARTICIPANT.matcher(text).results().map(found -> found.group(1)).forEach(name -> {
            participants.add(name);
            check(name, null, unknown);
        });
        MEMBER.matcher(text).results().forEach(found -> check(found.group(1), found.group(2), unknown));
        CALL.matcher(text).results().filter(found -> found.group(3) != null).forEach(found -> {
            if (participants.contains(found.group(2))) {
                check(found.group(2), found.group(3), unknown);
            } else {
                unknown.add(named(found));
            }
        });
    }

    private static String named(MatchResult call) {
        return "participant " + call.group(2);
    }

    private static void check(String type, @Nullable String member, List<String> unknown) {
        List<JavaClass> types = MAIN.stream()
                .filter(known -> known.getSimpleName().equals(type))
                .toList();
        if (types.isEmpty()) {
            unknown.add(type);
        } else if (member != null && types.stream().noneMatch(known -> has(known, member))) {
            unknown.add(type + "." + member);
        }
    }

    private static boolean has(JavaClass type, String member) {
        return type.getMembers().stream().anyMatch(known -> known.getName().equals(member));
    }
}
