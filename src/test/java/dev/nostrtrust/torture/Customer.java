package dev.nostrtrust.torture;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.e2e.User;
import dev.nostrtrust.torture.Client.Call;
import dev.nostrtrust.torture.Client.Reply;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** Logs in with a key of its own and orders work, again and again. */
final class Customer implements Runnable {
    private static final int JOBS_PER_LOGIN = 20;

    private final Client client;
    private final Diary diary;
    private final Workshop workshop;
    private final BooleanSupplier over;
    private final Random random;

    Customer(Client client, Diary diary, Workshop workshop, BooleanSupplier over, long seed) {
        this.client = client;
        this.diary = diary;
        this.workshop = workshop;
        this.over = over;
        this.random = new Random(seed);
    }

    @Override
    public void run() {
        try {
            while (!over.getAsBoolean()) {
                User user = new User();
                Optional<String> token = logIn(user);
                for (int i = 0; i < JOBS_PER_LOGIN && token.isPresent() && !over.getAsBoolean(); i++) {
                    order(user, token.get());
                }
            }
        } catch (RuntimeException | JsonProcessingException e) {
            diary.note("a customer gave up: " + e);
        }
    }

    /** Redeems one challenge twice at once: at most one of the two may succeed. */
    private Optional<String> logIn(User user) throws JsonProcessingException {
        Optional<Reply> challenge = client.insist(Call.post("/api/identity/challenge", "", ""));
        if (challenge.isEmpty()) {
            return Optional.empty();
        }
        JsonNode template = challenge.get().json().get("event_template");
        Call first = Call.post("/api/identity/verify", "", user.proof(template));
        Call second = Call.post("/api/identity/verify", "", user.proof(template));
        List<String> tokens = together(Stream.of(first, second))
                .filter(Reply::ok)
                .map(reply -> reply.text("nostr_token"))
                .toList();
        diary.redeemed(challenge.get().text("nonce"), tokens.size());
        return tokens.stream().findFirst();
    }

    private void order(User user, String token) {
        boolean anonymous = random.nextInt(20) == 0;
        Call order = Call.post("/api/jobs", anonymous ? "" : token, "{\"request\":{\"n\":" + random.nextInt(100) + "}}")
                .once(UUID.randomUUID().toString());
        Optional<Reply> job = client.insist(order);
        if (job.isEmpty() || !job.get().ok()) {
            job.ifPresent(refused -> diary.note("an order was refused: " + refused));
            return;
        }
        workshop.serve(job.get().text("id"), anonymous ? "" : user.pubkey(), token, random);
    }

    /** Sends several requests at the same time; those of which nobody knows what became are left out. */
    private Stream<Reply> together(Stream<Call> calls) {
        List<CompletableFuture<Optional<Reply>>> sent = calls.map(client::send).toList();
        return sent.stream().map(CompletableFuture::join).flatMap(Optional::stream);
    }
}
