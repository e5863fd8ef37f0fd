package dev.nostrtrust.job;

import dev.nostrtrust.http.ChangeStreams;
import dev.nostrtrust.http.ChangeStreams.Then;
import dev.nostrtrust.http.EventStream;
import dev.nostrtrust.job.JobService.Shown;
import io.vertx.core.Future;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The events of one job until it has ended: {@code job} after each change, {@code progress} with each new progress, and
 * {@code output} with each chunk of its output. The last event is the job that has ended.
 */
final class JobStream implements ChangeStreams.Source {
    private final JobService jobs;
    private final UUID id;
    private int lastOutput;
    private @Nullable Shown last;
    private @Nullable String previous;
    private @Nullable String previousProgress;

    /**
     * Creates a stream.
     *
     * @param lastOutput the number of the last chunk that the client has; 0 for none
     */
    JobStream(JobService jobs, UUID id, int lastOutput) {
        this.jobs = jobs;
        this.id = id;
        this.lastOutput = lastOutput;
    }

    @Override
    public Future<Then> next(EventStream stream) {
        // The last state is read once, because it may have a large result.
        Future<Shown> current = last == null ? jobs.show(id) : Future.succeededFuture(last);
        return current.compose(shown -> {
            boolean ended = shown.job().state().isFinal();
            last = ended ? shown : null;
            if (shown.job().output().count() <= lastOutput) {
                lastOutput = shown.job().output().count();
                addChanges(stream, shown);
                return Future.succeededFuture(ended ? Then.END : Then.WAIT);
            }
            if (!ended) {
                addChanges(stream, shown);
            }
            return jobs.outputAfter(id, lastOutput).map(chunks -> {
                for (OutputStore.Chunk chunk : chunks) {
                    stream.add(Integer.toString(chunk.number()), "output", JobService.outputJson(chunk));
                    lastOutput = chunk.number();
                }
                return ended || lastOutput < shown.job().output().count() ? Then.CONTINUE : Then.WAIT;
            });
        });
    }

    private void addChanges(EventStream stream, Shown shown) {
        String current = shown.withoutProgress().toJson().encode();
        String progress = shown.job().progress();
        if (!current.equals(previous)) {
            stream.add(null, "job", shown.toJson());
        } else if (!Objects.equals(progress, previousProgress)) {
            stream.add(null, "progress", shown.progressJson());
        }
        previous = current;
        previousProgress = progress;
    }
}
