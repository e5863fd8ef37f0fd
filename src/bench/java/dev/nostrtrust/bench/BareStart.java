package dev.nostrtrust.bench;

import dev.nostrtrust.config.DatabaseAddress;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.sql.Connection;
import java.sql.DriverManager;
import liquibase.Contexts;
import liquibase.Liquibase;
import liquibase.database.jvm.JdbcConnection;
import liquibase.resource.ClassLoaderResourceAccessor;

/** The least that a server of this kind does before it listens: Liquibase, which finds nothing to do, and Vert.x. */
final class BareStart {
    private BareStart() {}

    /** Serves a port, after a look at the schema of a database. */
    public static void main(String[] arguments) throws Exception {
        // It would send statistics to its maker.
        System.setProperty("liquibase.analytics.enabled", "false");
        DatabaseAddress database = new DatabaseAddress(arguments[1]);
        try (Connection connection = DriverManager.getConnection(database.jdbcUrl(), database.jdbcProperties());
                Liquibase liquibase = new Liquibase(
                        "db-changelog/changelog.yaml",
                        new ClassLoaderResourceAccessor(),
                        new JdbcConnection(connection))) {
            liquibase.update(new Contexts());
        }
        Vertx vertx = Vertx.vertx();
        Router router = Router.router(vertx);
        router.get("/").handler(context -> context.end("{}"));
        vertx.createHttpServer()
                .requestHandler(router)
                .listen(Integer.parseInt(arguments[0]), "127.0.0.1")
                .onFailure(failure -> System.exit(1));
    }
}
