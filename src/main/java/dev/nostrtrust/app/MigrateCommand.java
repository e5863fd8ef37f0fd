package dev.nostrtrust.app;

import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.db.Migrations;
import dev.nostrtrust.db.embedded.DataDirectory;
import dev.nostrtrust.db.embedded.EmbeddedPostgres;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Migrates the database schema and exits. */
@Command(name = "migrate", description = "Migrates the database schema and exits.")
final class MigrateCommand implements Callable<Integer> {

    @Override
    public Integer call() {
        Settings settings =
                Configuration.readForDatabase(SettingsReader.ofProcess()).settings();
        if (settings.databaseUrl().isPresent()) {
            Migrations.apply(new DatabaseAddress(settings.databaseUrl().get()));
            return 0;
        }
        try (DataDirectory directory = DataDirectory.open(settings.dataDir());
                EmbeddedPostgres postgres = EmbeddedPostgres.start(directory)) {
            Migrations.apply(postgres.address());
        }
        return 0;
    }
}
