package dev.nostrtrust.client;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Appends the output of one job in order, one chunk at a time. Text that arrives while a chunk is being sent goes into
 * the next chunk. Belongs to the context of the worker.
 */
final class OutputQueue {
    private static final System.Logger LOG = System.getLogger(OutputQueue.class.getName());
    /** In bytes of UTF-8. */
    private static final int MAX_CHUNK = 65_536;
    /** In characters: no more text is taken while this many are not accepted. */
    private static final int MAX_UNSENT = 1 << 20;

    private final Claim claim;
    private final StringBuilder unsent = new StringBuilder();
    private final Deque<Part> parts = new ArrayDeque<>();
    private long added;
    private long accepted;
    private long seq;
    private boolean sending;
    private @Nullable Throwable closed;

    /** One text of the handler; {@code end} is the number of characters up to its last one. */
    private record Part(long end, Promise<Void> done) {}

    OutputQueue(Claim claim) {
        this.claim = claim;
        claim.lost().onSuccess(reason -> refuse(new IllegalStateException("the claim is lost: " + reason)));
    }

    /** Appends a text; completes when a server has accepted all of it. */
    Future<Void> add(String text) {
        if (closed != null) {
            return Future.failedFuture(closed);
        }
        if (unsent.length() >= MAX_UNSENT) {
            return Future.failedFuture(new IllegalStateException(
                    "more than " + MAX_UNSENT + " characters of output are not accepted yet: await earlier output"));
        }
        // Unpaired surrogates are not Unicode: they become question marks.
        String valid = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
        unsent.append(valid);
        added += valid.length();
        return whenAccepted();
    }

    /** Takes no more text; completes when the text before is accepted or refused. Never fails. */
    Future<Void> finish() {
        Future<Void> finished = closed == null ? whenAccepted() : Future.succeededFuture();
        closed = new IllegalStateException("the handler has ended");
        return finished.otherwiseEmpty();
    }

    private Future<Void> whenAccepted() {
        Part part = new Part(added, Promise.promise());
        parts.add(part);
        if (!sending) {
            sendNext();
        }
        return part.done().future();
    }

    private void sendNext() {
        while (!parts.isEmpty() && parts.peek().end() <= accepted) {
            parts.remove().done().complete();
        }
        if (unsent.isEmpty()) {
            return;
        }
        sending = true;
        String chunk = unsent.substring(0, chunkEnd(unsent));
        seq++;
        claim.repeat("output", new JsonObject().put("seq", seq).put("text", chunk))
                .onSuccess(answer -> {
                    sending = false;
                    unsent.delete(0, chunk.length());
                    accepted += chunk.length();
                    sendNext();
                })
                .onFailure(this::refuse);
    }

    private void refuse(Throwable cause) {
        if (sending && !claim.isLost()) {
            LOG.log(Level.ERROR, "the rest of the output of job {0} is lost: {1}", claim.id(), cause.toString());
        }
        closed = closed == null ? cause : closed;
        sending = false;
        unsent.setLength(0);
        accepted = added;
        while (!parts.isEmpty()) {
            parts.remove().done().fail(cause);
        }
    }

    /** The number of characters that fit into a chunk. A code point is not divided. */
    private static int chunkEnd(CharSequence text) {
        int bytes = 0;
        int end = 0;
        while (end < text.length()) {
            int codePoint = Character.codePointAt(text, end);
            bytes += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
            if (bytes > MAX_CHUNK) {
                return end;
            }
            end += Character.charCount(codePoint);
        }
        return end;
    }
}
