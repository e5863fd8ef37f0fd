package dev.nostrtrust.app;

import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.db.embedded.DataDirectory;
import dev.nostrtrust.db.embedded.EmbeddedPostgres;
import java.util.Optional;

/** The database of a command. */
final class CommandDatabase {
    private CommandDatabase() {}

    /** The database of DATABASE_URL, or the embedded one: of a running server, or started for the command. */
    static DatabaseAddress find(Settings settings, CloseStack closeStack) {
        if (settings.databaseUrl().isPresent()) {
            return new DatabaseAddress(settings.databaseUrl().get());
        }
        if (!EmbeddedPostgres.isIn(settings.dataDir())) {
            throw new IllegalStateException(
                    "There is no database in DATA_DIR " + settings.dataDir() + ", and DATABASE_URL is not set.");
        }
        Optional<DataDirectory> directory = DataDirectory.openUnlessHeld(settings.dataDir());
        if (directory.isEmpty()) {
            return EmbeddedPostgres.running(settings.dataDir());
        }
        closeStack.push(directory.get());
        EmbeddedPostgres postgres = EmbeddedPostgres.start(directory.get());
        closeStack.push(postgres);
        return postgres.address();
    }
}
