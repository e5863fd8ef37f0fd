package dev.nostrtrust;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

@AnalyzeClasses(packages = "dev.nostrtrust", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String ROOT = "dev.nostrtrust.";
    private static final int LONGEST_FILE = 400;

    @ArchTest
    static void imports_point_down(JavaClasses classes) {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("program")
                .definedBy("dev.nostrtrust")
                .layer("demo")
                .definedBy(ROOT + "demo")
                .layer("feed")
                .definedBy(ROOT + "feed")
                .layer("job")
                .definedBy(ROOT + "job")
                .layer("session")
                .definedBy(ROOT + "session")
                .layer("identity")
                .definedBy(ROOT + "identity")
                .layer("trust")
                .definedBy(ROOT + "trust")
                .layer("http")
                .definedBy(ROOT + "http")
                .layer("rate")
                .definedBy(ROOT + "rate")
                .layer("platform")
                .definedBy(ROOT + "platform")
                .layer("nostr")
                .definedBy(ROOT + "nostr")
                .layer("json")
                .definedBy(ROOT + "json")
                .layer("fault")
                .definedBy(ROOT + "fault")
                .whereLayer("program")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("demo")
                .mayOnlyBeAccessedByLayers("program")
                .whereLayer("feed")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("job")
                .mayOnlyBeAccessedByLayers("program")
                .whereLayer("session")
                .mayOnlyBeAccessedByLayers("program", "job")
                .whereLayer("identity")
                .mayOnlyBeAccessedByLayers("program", "job", "session")
                .whereLayer("trust")
                .mayOnlyBeAccessedByLayers("program", "job", "session", "identity")
                .whereLayer("http")
                .mayOnlyBeAccessedByLayers("program", "job", "session", "identity", "trust")
                .whereLayer("rate")
                .mayOnlyBeAccessedByLayers("program", "identity", "http")
                .whereLayer("platform")
                .mayOnlyBeAccessedByLayers(
                        "program", "demo", "feed", "job", "session", "identity", "trust", "http", "rate")
                .whereLayer("nostr")
                .mayOnlyAccessLayers("json", "fault")
                .whereLayer("json")
                .mayOnlyAccessLayers("fault")
                .whereLayer("fault")
                .mayNotAccessAnyLayer()
                .check(classes);
    }

    @ArchTest
    static final ArchRule there_are_no_circles =
            slices().matching(ROOT + "(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule only_stores_touch_rows = noClasses()
            .that()
            .haveNameNotMatching(
                    ".*\\.(Database|DatabaseWatch|Connections|Identities|Logins|LoginSweep|Sessions|Jobs|Erasures|JobMoves|JobRows|Ledger|Standings"
                            + "|ScoringStore|OperatorActions|ScoredBatch|ScoringVerticle|RateBuckets|Census)(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.vertx.sqlclient..");

    @ArchTest
    static final ArchRule nostr_json_and_faults_are_pure = noClasses()
            .that()
            .resideInAnyPackage(ROOT + "nostr", ROOT + "json", ROOT + "fault")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx..", "java.sql..", "java.net..");

    @ArchTest
    static final ArchRule the_domain_is_pure = noClasses()
            .that()
            .haveNameMatching(
                    ".*\\.(TrustModel|TrustPolicy|TrustPolicyParser|TrustState|TrustReport|Fact|Entry|LedgerFold"
                            + "|FactFold|Account|EpochMicros|TierLadder|HashChain|CanonicalForm|KeptPolicies|Replay|PolicyTrial|StoredStanding|StoredRows|CopyRow"
                            + "|Standing|Tier|Challenge|Nonces|LoginEvent|LoginPolicy|EventTags|EventHeader|RequestEvent|Limit|Allowance|ClientAddresses|TokenText|Session|Job|JobState|Report)")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx..", "java.sql..", "org.postgresql..");

    @ArchTest
    static final ArchRule only_migrations_and_the_reader_of_a_replay_touch_jdbc = noClasses()
            .that()
            .haveNameNotMatching(".*\\.(Migrations|LedgerReader|JdbcConnections|DatabaseReason)(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.sql..", "org.postgresql..");

    @ArchTest
    static final ArchRule only_settings_read_the_environment = noClasses()
            .that()
            .doNotHaveSimpleName("SettingsReader")
            .should()
            .callMethod(System.class, "getenv")
            .orShould()
            .callMethod(System.class, "getenv", String.class);

    /** A handler that is registered after the end of a request never runs, and what it was to release is lost. */
    @ArchTest
    static final ArchRule only_the_end_of_a_request_uses_end_handlers = noClasses()
            .that()
            .doNotHaveSimpleName("RequestEnd")
            .should()
            .callMethodWhere(JavaCall.Predicates.target(HasName.Predicates.name("addEndHandler")));

    @ArchTest
    static final ArchRule names_say_what_a_class_is =
            noClasses().should().haveNameMatching(".*(Util|Utils|Helper|Manager|Common|Base|Impl)$");

    @ArchTest
    static final ArchRule features_are_final_or_values = classes()
            .that()
            .areTopLevelClasses()
            .and()
            .areNotInterfaces()
            .and()
            .areNotEnums()
            .should()
            .haveModifier(com.tngtech.archunit.core.domain.JavaModifier.FINAL);

    @Test
    void no_file_is_longer_than_a_reader_takes_in() throws IOException {
        try (var files = Files.walk(Path.of("src"))) {
            List<Path> tooLong = files.filter(file -> file.toString().endsWith(".java"))
                    .filter(ArchitectureTest::tooLong)
                    .toList();
            assertThat(tooLong).isEmpty();
        }
    }

    private static boolean tooLong(Path file) {
        try {
            return Files.readAllLines(file).size() > LONGEST_FILE;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
