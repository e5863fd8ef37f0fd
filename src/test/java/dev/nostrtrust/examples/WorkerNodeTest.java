package dev.nostrtrust.examples;

import dev.nostrtrust.fixture.Requires;
import dev.nostrtrust.fixture.Tool;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;

/** The example of a worker in JavaScript. */
@Tag("full")
@Requires(Tool.NODE)
class WorkerNodeTest extends WorkerContract {
    private static final Pattern WORK =
            Pattern.compile("^async function work\\(.*?\n}\n", Pattern.MULTILINE | Pattern.DOTALL);

    WorkerNodeTest() {
        super("node", "worker-node/worker.mjs", WORK, """
                async function work(job) {
                  const { prompt } = job.request;
                  if (prompt.startsWith('/')) {
                    const { existsSync } = await import('node:fs');
                    while (!existsSync(prompt)) await sleep(100);
                    return { sats: 10, result: null };
                  }
                  const number = Number(prompt);
                  if (Number.isNaN(number)) throw new TypeError('no number');
                  if (number < 1000) throw new JobFailed('abuse', number);
                  return { sats: 10, result: 'x'.repeat(number) };
                }
                """);
    }
}
