package dev.nostrtrust;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;

/** The rules of docs/architecture.md for imports and names. */
@AnalyzeClasses(packages = "dev.nostrtrust", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String ROOT = "dev.nostrtrust.";

    /** From the top down: a package imports only those after it. */
    static final List<String> PACKAGES = List.of(
            "app",
            "demo",
            "operator",
            "job",
            "session",
            "login",
            "trust.api",
            "auth",
            "trust.scoring",
            "trust.replay",
            "trust.ledger",
            "trust.model",
            "http",
            "overload",
            "ratelimit",
            "bus",
            "db.embedded",
            "db",
            "observe",
            "config",
            "nostr",
            "json",
            "error");

    @ArchTest
    static final ArchRule imports_point_down = classes()
            .should(new ArchCondition<JavaClass>("import only packages further down") {
                @Override
                public void check(JavaClass importer, ConditionEvents events) {
                    for (Dependency dependency : importer.getDirectDependenciesFromSelf()) {
                        JavaClass imported = dependency.getTargetClass().getBaseComponentType();
                        boolean up = imported.getPackageName().startsWith(ROOT) && rank(imported) < rank(importer);
                        events.add(new SimpleConditionEvent(importer, !up, dependency.getDescription()));
                    }
                }
            });

    private static int rank(JavaClass type) {
        int rank = PACKAGES.indexOf(type.getPackageName().substring(ROOT.length()));
        assertThat(rank).as("the place of the package of %s", type.getName()).isNotNegative();
        return rank;
    }

    @ArchTest
    static final ArchRule there_are_no_circles =
            slices().matching(ROOT + "(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule only_stores_the_ledger_and_the_database_touch_rows = noClasses()
            .that(not(resideInAnyPackage(ROOT + "db", ROOT + "trust.replay")))
            .and()
            .haveNameNotMatching(".*(Store|\\.Ledger)(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("io.vertx.sqlclient.Row");

    @ArchTest
    static final ArchRule pure_packages_use_no_framework = noClasses()
            .that()
            .resideInAnyPackage(ROOT + "nostr", ROOT + "json", ROOT + "error", ROOT + "trust.model")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx..", "java.sql..", "java.net..", "org.postgresql..");

    @ArchTest
    static final ArchRule jdbc_is_for_migrations_and_replay = noClasses()
            .that(not(resideInAnyPackage(ROOT + "db", ROOT + "trust.replay")))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.sql..", "org.postgresql..");

    @ArchTest
    static final ArchRule only_config_reads_the_environment = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + "config")
            .should()
            .callMethod(System.class, "getenv")
            .orShould()
            .callMethod(System.class, "getenv", String.class);

    /** An end handler that is added after the end of its request never runs, and leaks what it should release. */
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
    static final ArchRule classes_are_final = classes()
            .that()
            .areTopLevelClasses()
            .and()
            .areNotInterfaces()
            .and()
            .areNotEnums()
            .should()
            .haveModifier(JavaModifier.FINAL);
}
