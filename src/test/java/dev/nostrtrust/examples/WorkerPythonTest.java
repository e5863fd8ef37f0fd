package dev.nostrtrust.examples;

import dev.nostrtrust.fixture.Requires;
import dev.nostrtrust.fixture.Tool;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;

/** The example of a worker in Python. */
@Tag("full")
@Requires(Tool.PYTHON)
class WorkerPythonTest extends WorkerContract {
    private static final Pattern WORK = Pattern.compile("^def work\\(.*?\n\n\n", Pattern.MULTILINE | Pattern.DOTALL);

    WorkerPythonTest() {
        super("python3", "worker-python/worker.py", WORK, """
                def work(job, claim):
                    prompt = job["request"]["prompt"]
                    if prompt.startswith("/"):
                        while not os.path.exists(prompt):
                            time.sleep(0.1)
                        return 10, None
                    number = int(prompt)
                    if number < 1000:
                        raise JobFailed("abuse", sats=number)
                    return 10, "x" * number


                """);
    }
}
