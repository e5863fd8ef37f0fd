package dev.nostrtrust.bench;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.random.RandomGenerator;

/** Sends prepared requests in random order. The answers have one status. */
final class RepeatedRequests implements Conversation {
    private final List<ByteBuffer> requests;
    private final int expected;
    private final RandomGenerator random;

    RepeatedRequests(List<ByteBuffer> requests, int expected, RandomGenerator random) {
        this.requests = requests;
        this.expected = expected;
        this.random = random;
    }

    @Override
    public ByteBuffer next() {
        return requests.get(requests.size() == 1 ? 0 : random.nextInt(requests.size()))
                .duplicate();
    }

    @Override
    public void answered(int status, ByteBuffer body) {
        HttpRequests.expect(expected, status, body);
    }
}
