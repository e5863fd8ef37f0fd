package dev.nostrtrust.storm;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Many identities, and what they do. Belongs to one thread. */
final class Crowd {
    private final List<LoadKey> keys;
    private final List<String> tokens = new ArrayList<>();
    private int turn;

    Crowd(int size) {
        SecureRandom random = new SecureRandom();
        keys = Stream.generate(() -> new LoadKey(random)).limit(size).toList();
    }

    /** Logs every identity in and keeps the tokens; what a server that is still cold does not take is tried again. */
    void logIn(int port) {
        try (Storm storm = new Storm(port, 64)) {
            for (int attempt = 0; attempt < 10 && tokens.size() < keys.size(); attempt++) {
                storm.run(() -> Login.honest(next(keys), tokens::add), keys.size() / 4.0, Duration.ofSeconds(4));
            }
        }
        if (tokens.size() < keys.size()) {
            throw new IllegalStateException(tokens.size() + " of " + keys.size() + " could log in");
        }
    }

    Visit login() {
        return Login.honest(next(keys));
    }

    Visit forgery() {
        return Login.forged(next(keys));
    }

    Visit order() {
        byte[] request = orderRequest();
        return () -> request;
    }

    /** An order that is taken to its end by the worker with this header. */
    Visit lifecycle(String worker, Consumer<String> completed) {
        return new Lifecycle(orderRequest(), worker, completed);
    }

    /** All their keys in hexadecimal. */
    List<String> pubkeys() {
        return keys.stream().map(LoadKey::pubkey).toList();
    }

    private byte[] orderRequest() {
        return Requests.post(
                "/api/jobs", "Authorization: Bearer " + next(tokens) + "\r\n", "{\"request\":{\"prompt\":\"hello\"}}");
    }

    private <T> T next(List<T> all) {
        turn = (turn + 1) % all.size();
        return all.get(turn);
    }
}
