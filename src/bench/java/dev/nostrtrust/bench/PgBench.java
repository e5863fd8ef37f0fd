package dev.nostrtrust.bench;

import dev.nostrtrust.config.DatabaseAddress;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A run of {@code pgbench} on one thread with prepared statements. Each transaction runs one of the scripts at random.
 */
final class PgBench implements Contender {
    private static final Pattern RATE = Pattern.compile("(?m)^tps = ([0-9.]+) \\(without initial");

    private final DatabaseAddress database;
    private final List<Path> scripts;
    private final int connections;
    private final int seconds;
    private final int unit;
    private final Preparation preparation;

    /**
     * Creates the contender.
     *
     * @param unit how much one run of the script counts
     */
    PgBench(
            DatabaseAddress database,
            List<Path> scripts,
            int connections,
            int seconds,
            int unit,
            Preparation preparation) {
        this.database = database;
        this.scripts = scripts;
        this.connections = connections;
        this.seconds = seconds;
        this.unit = unit;
        this.preparation = preparation;
    }

    static boolean isInstalled() {
        try {
            return new ProcessBuilder("pgbench", "--version").start().waitFor() == 0;
        } catch (IOException missing) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public Sample measure() throws Exception {
        preparation.run();
        URI uri = URI.create(database.url());
        List<String> command = new ArrayList<>(List.of(
                "pgbench",
                "-n",
                "-M",
                "prepared",
                "-j",
                "1",
                "-c",
                String.valueOf(connections),
                "-T",
                String.valueOf(seconds),
                "-h",
                uri.getHost(),
                "-p",
                String.valueOf(uri.getPort()),
                "-U",
                "postgres"));
        scripts.forEach(script -> command.addAll(List.of("-f", script.toString())));
        command.add(uri.getPath().substring(1));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        String password = uri.getRawUserInfo().split(":", 2)[1];
        builder.environment().put("PGPASSWORD", URLDecoder.decode(password, StandardCharsets.UTF_8));
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Matcher rate = RATE.matcher(output);
        if (process.waitFor() != 0 || !rate.find() || output.contains("aborted")) {
            throw new IllegalStateException("pgbench: " + output);
        }
        return Sample.of(unit * Double.parseDouble(rate.group(1)));
    }

    /** Writes a script for each text. */
    static List<Path> scripts(Path directory, String name, List<String> texts) throws IOException {
        Files.createDirectories(directory);
        List<Path> scripts = new ArrayList<>();
        for (String text : texts) {
            scripts.add(Files.writeString(directory.resolve(name + "-" + scripts.size() + ".sql"), text));
        }
        return scripts;
    }
}
