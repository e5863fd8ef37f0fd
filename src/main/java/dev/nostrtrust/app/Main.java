package dev.nostrtrust.app;

import dev.nostrtrust.config.FileFailure;
import dev.nostrtrust.config.InvalidSettings;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.demo.DemoCommand;
import dev.nostrtrust.demo.Invocation;
import dev.nostrtrust.error.ApiError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.bridge.SLF4JBridgeHandler;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line. The default command is serve. */
@Command(
        name = "nostr-trust-engine",
        mixinStandardHelpOptions = true,
        versionProvider = Release.class,
        description = "Login by Nostr key, and a trust tier that follows the work an identity has paid for.",
        subcommands = {ServeCommand.class, MigrateCommand.class})
public final class Main implements Runnable {
    /** Exceptions with a message for the operator; printed without a stack trace. */
    private static final List<Class<? extends Exception>> EXPLAINED = List.of(
            InvalidSettings.class,
            ApiError.class,
            IllegalStateException.class,
            IllegalArgumentException.class,
            UncheckedIOException.class);

    @CommandLine.Spec
    private CommandLine.Model.@org.jspecify.annotations.Nullable CommandSpec spec;

    private Main() {}

    public static void main(String[] args) {
        // Routes java.util.logging of libraries to SLF4J.
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        int status = commandLine().execute(args.length == 0 ? new String[] {"serve"} : args);
        if (status != 0) {
            System.exit(status);
        }
    }

    static CommandLine commandLine() {
        return commandLine(SettingsReader::ofProcess);
    }

    /** The command line of a process with these settings. */
    static CommandLine commandLine(Supplier<SettingsReader> settings) {
        CommandLine commands = new CommandLine(new Main())
                .addSubcommand(new TokenCommand(settings))
                .addSubcommand(new IdentityCommand(settings))
                .addSubcommand(new AuditCommand(settings))
                .addSubcommand(new DemoCommand(settings))
                .addSubcommand(new ReplayCommand(settings));
        commands.getSubcommands().forEach((name, command) -> addHelp(command, name));
        commands.getCommandSpec().usageMessage().footer(Invocation.hint("COMMAND"));
        return commands.setCommandName(Invocation.program())
                .setParameterExceptionHandler(Main::printUsageError)
                .setExecutionExceptionHandler((failure, command, parsed) -> explain(failure, command))
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    private static void addHelp(CommandLine command, String path) {
        command.getCommandSpec().mixinStandardHelpOptions(true).version("0.1.0");
        addHint(command, path);
    }

    /** Adds the command line in a checkout to the help of a command and of its subcommands. */
    private static void addHint(CommandLine command, String path) {
        command.getCommandSpec().usageMessage().footer(Invocation.hint(path));
        command.getSubcommands().forEach((name, subcommand) -> addHint(subcommand, path + " " + name));
    }

    @Override
    public void run() {
        if (spec != null) {
            spec.commandLine().usage(spec.commandLine().getOut());
        }
    }

    /** Masks the message: picocli repeats the arguments, which may contain a token. */
    private static int printUsageError(CommandLine.ParameterException failure, String[] arguments) {
        CommandLine command = failure.getCommandLine();
        command.getErr().println(SecretMask.masked(String.valueOf(failure.getMessage())));
        command.usage(command.getErr());
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    private static String messageOf(Exception failure) {
        Throwable cause = failure.getCause();
        boolean bare = cause != null && cause.toString().equals(failure.getMessage());
        return bare && cause instanceof IOException file
                ? FileFailure.sentence(file)
                : String.valueOf(failure.getMessage());
    }

    /** Prints errors that the operator can correct without a stack trace. */
    private static int explain(Exception failure, CommandLine command) throws Exception {
        if (EXPLAINED.stream().anyMatch(kind -> kind.isInstance(failure))) {
            command.getErr().println(SecretMask.masked(messageOf(failure)));
            return 1;
        }
        throw failure;
    }
}
