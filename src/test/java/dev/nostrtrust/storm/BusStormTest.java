package dev.nostrtrust.storm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.CommandRun;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.bus.Topic;
import dev.nostrtrust.e2e.Waiting;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How soon one node hears from another, under load. */
@Tag("torture")
@ExtendWith(Cores.class)
class BusStormTest {
    private static final double QUESTIONS = 10_000;
    private static final Duration WARM = Duration.ofSeconds(30);
    private static final Duration STEP = Duration.ofSeconds(15);

    private final Crowd crowd = new Crowd(500);

    @Test
    void a_node_is_answered_by_another() {
        try (Peer peer = Peer.ofServer()) {
            crowd.logIn(peer.server().port());
            Questions echoes = new Questions(peer.vertx(), Echo.ADDRESS, crowd.pubkeys());
            Questions questions = new Questions(peer.vertx(), Topic.TRUST_GET.address(), crowd.pubkeys());
            warmUp(echoes);
            warmUp(questions);
            counted("a mere echo", echoes);

            Questions.Outcome outcome = counted("trust.v1.get", questions);

            counted("a mere echo", echoes);
            assertThat(outcome.failed()).hasValue(0);
            assertThat(outcome.answers().millis(0.99)).isLessThanOrEqualTo(5);
        }
    }

    /** Rises slowly: what has just begun to run is soon left behind, and who hears nothing from it gives it up. */
    private static void warmUp(Questions questions) {
        questions.run(QUESTIONS / 10, STEP);
        questions.run(QUESTIONS / 2, STEP);
        System.out.println("bus: warming up: " + questions.run(QUESTIONS, WARM));
    }

    /** Asks for a while, and says what the machine was like meanwhile. */
    private static Questions.Outcome counted(String what, Questions questions) {
        Stolen stolen = Stolen.count();
        Questions.Outcome outcome = questions.run(QUESTIONS, STEP);
        System.out.println("bus: " + what + " at 10,000/s: " + outcome + "; " + stolen);
        return outcome;
    }

    @Test
    void a_completion_reaches_another_node() throws InterruptedException {
        try (Peer peer = Peer.ofServer();
                Storm storm = new Storm(peer.server().port(), 400)) {
            String token = CommandRun.mint(peer.server().database(), Scope.WORKER);
            String worker = "Authorization: Bearer " + token + "\r\n";
            crowd.logIn(peer.server().port());
            Listening listening = new Listening(peer);
            Supplier<Visit> lifecycles = () -> crowd.lifecycle(worker, listening.arrivals::completed);
            // Until the compiler has done most of its work, and at a rate of which nothing is left over.
            storm.run(lifecycles, 300, WARM.multipliedBy(3));
            double peak = peak(storm, lifecycles);
            // What the last step left to score, which was too much.
            Thread.sleep(10_000);
            listening.begin();
            Stolen stolen = Stolen.count();

            Tally half = storm.run(lifecycles, peak / 2, STEP);

            long completed = half.admitted().count();
            // The last ones are told a little later; what is never told ends this after a minute.
            Waiting.until(() -> listening.arrivals.delays().count() >= completed);
            Histogram delays = listening.arrivals.delays();
            System.out.printf("bus: peak %.0f lifecycles/s; at half of it: %s%n", peak, half);
            System.out.println("bus: from the 200 to trust.v1.changed on another node: " + delays + "; " + stolen);
            assertThat(delays.count()).isEqualTo(completed);
            assertThat(delays.millis(0.99)).isLessThanOrEqualTo(50);
        }
    }

    /** The most lifecycles a second, of the rates that were tried, that are still done within a second each. */
    private static double peak(Storm storm, Supplier<Visit> lifecycles) {
        double peak = 0;
        for (double offered = 400; ; offered *= 1.2) {
            Tally tally = storm.run(lifecycles, offered, Duration.ofSeconds(8));
            System.out.println("  rising: " + tally);
            if (tally.admitted().millis(0.99) > 1000 || tally.goodput() < 0.99 * offered) {
                return peak;
            }
            peak = offered;
        }
    }

    /** Receives the messages of the node. */
    private static final class Listening {
        private volatile Arrivals arrivals = new Arrivals();

        Listening(Peer peer) {
            peer.vertx()
                    .eventBus()
                    .<JsonObject>consumer(
                            Topic.TRUST_CHANGED.address(),
                            message -> arrivals.told(message.body().getString("source_id")));
        }

        /** Forgets what was before. */
        void begin() {
            arrivals = new Arrivals();
        }
    }
}
