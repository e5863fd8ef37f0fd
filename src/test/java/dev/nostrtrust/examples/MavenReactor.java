package dev.nostrtrust.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.fixture.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Builds projects together with the client that they depend on, so that nothing has to be installed. */
final class MavenReactor {
    private MavenReactor() {}

    /** Packages client and project; the reactor's own file is in a directory beside other output of the build. */
    static void build(String name, Path project) throws IOException, InterruptedException {
        Path reactor = Files.createDirectories(Path.of("target/reactor", name));
        String modules = Stream.of(Path.of("src/client"), project)
                .map(module -> reactor.toAbsolutePath().relativize(module.toAbsolutePath()))
                .map(module -> "<module>" + module + "</module>")
                .collect(Collectors.joining());
        Files.writeString(reactor.resolve("pom.xml"), """
                <project xmlns="http://maven.apache.org/POM/4.0.0">
                  <modelVersion>4.0.0</modelVersion>
                  <groupId>example</groupId>
                  <artifactId>reactor</artifactId>
                  <version>1</version>
                  <packaging>pom</packaging>
                  <modules>%s</modules>
                </project>
                """.formatted(modules));
        List<String> command = new ArrayList<>(List.of("mvn", "-B", "-q", "-DskipTests", "package"));
        Optional.ofNullable(System.getProperty("maven.repo.local"))
                .ifPresent(repository -> command.add("-Dmaven.repo.local=" + repository));
        Tool.Outcome outcome = Tool.run(reactor, Map.of(), command);
        assertThat(outcome.exitStatus()).as(outcome.output()).isZero();
    }
}
