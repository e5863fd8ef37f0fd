package dev.nostrtrust.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.Route;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.Work;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Asking for work on the page, and watching what becomes of it. */
@Tag("full")
class JobPageTest {
    @RegisterExtension
    static final Browsers BROWSERS = new Browsers(Map.of());

    private final Work work = new Work(BROWSERS.site().server());

    @Test
    void a_job_is_watched_from_the_queue_to_its_end_and_the_score_follows() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.signedIn();
            assertThat(page.locator("#no-moves")).isVisible();

            page.click("#order button");
            Locator job = page.locator("#jobs li");
            assertThat(job).containsText("queued");
            String id = idOf(job);
            long fence = work.claim(id);
            assertThat(job).containsText("running");
            work.complete(id, fence, 3_000);

            assertThat(job).containsText("succeeded");
            assertThat(job).containsText("3,000 sats");
            assertThat(page.locator("#badge")).hasText("established");
            assertThat(page.locator("#moves-rows tr")).hasCount(1);
            assertThat(page.locator("#moves-rows")).containsText("success");
            assertThat(page.locator("#curve .past")).hasCount(1);
            assertThat(page.locator("#until")).containsText("Without new work it is kept until");
            Visitor.picture(page, "job");
        }
    }

    @Test
    void a_job_goes_on_being_watched_through_a_loss_of_the_network_and_a_reload() {
        try (Visitor visitor = BROWSERS.withSigner("ERR_INTERNET_DISCONNECTED", "Failed to load")) {
            Page page = visitor.signedIn();
            page.click("#order button");
            Locator job = page.locator("#jobs li");
            String id = idOf(job);

            visitor.context().setOffline(true);
            assertThat(page.locator("#news")).containsText("You are offline");
            long fence = work.claim(id);
            visitor.context().setOffline(false);
            assertThat(job).containsText("running");

            page.reload();
            assertThat(job).containsText("running");
            work.complete(id, fence, 21);
            assertThat(job).containsText("succeeded");
        }
    }

    @Test
    void a_request_that_got_no_answer_is_sent_again_and_makes_one_job() {
        try (Visitor visitor = BROWSERS.withSigner("ERR_FAILED", "Failed to load")) {
            Page page = visitor.signedIn();
            AtomicBoolean lost = new AtomicBoolean();
            page.route("**/api/jobs", route -> {
                if (lost.getAndSet(true)) {
                    route.resume();
                } else {
                    route.fetch();
                    route.abort();
                }
            });

            page.click("#order button");

            page.waitForCondition(() -> visitor.traffic().countOf("/api/jobs") == 2);
            assertThat(page.locator("#jobs li")).containsText("queued");
            assertThat(page.evaluate(
                            "token => fetch('/api/identity/me/jobs', {headers: {Authorization: 'Bearer ' + token}})"
                                    + ".then(it => it.json()).then(it => it.jobs.length)",
                            Visitor.token(page)))
                    .isEqualTo(1);
        }
    }

    @Test
    void a_job_that_nobody_has_taken_is_cancelled() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.signedIn();
            page.click("#order button");

            page.click("#jobs button");

            assertThat(page.locator("#jobs li")).containsText("cancelled");
            assertThat(page.locator("#jobs button")).hasCount(0);
        }
    }

    @Test
    void what_it_costs_to_cancel_a_running_job_is_said_before_it_is_cancelled() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.signedIn();
            page.click("#order button");
            String id = idOf(page.locator("#jobs li"));
            work.claim(id);
            assertThat(page.locator("#jobs li")).containsText("running");

            page.click("#jobs button");
            Locator question = page.locator("#question-text");
            assertThat(question).containsText("a fault of 1,000 sats");
            assertThat(question).containsText("from 10.0 to 7.1");
            assertThat(question).containsText("from new to anonymous");
            assertThat(page.locator("#question-no")).isFocused();
            Visitor.picture(page, "cancel");
            page.keyboard().press("Enter");

            assertThat(page.locator("#question")).isHidden();
            assertThat(visitor.traffic().countOf("/api/jobs/" + id + "/cancel")).isZero();
            Visitor.confirmed(page, "#jobs button");
            assertThat(page.locator("#jobs li")).containsText("cancelled");
            assertThat(page.locator("#badge")).hasText("anonymous");
            assertThat(page.locator("#score")).hasText("7.1");
        }
    }

    @Test
    void a_job_that_a_worker_takes_at_the_last_moment_is_asked_about_too() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.signedIn();
            page.click("#order button");
            String id = idOf(page.locator("#jobs li"));
            Held polls = Held.of(visitor.context(), "**/api/jobs/changes?wait=*");
            visitor.context().setOffline(true);
            visitor.context().setOffline(false);
            work.claim(id);

            page.click("#jobs button");

            assertThat(page.locator("#question-title")).hasText("Cancel a running job?");
            page.click("#question-no");
            polls.letGo();
            assertThat(page.locator("#jobs li")).containsText("running");
        }
    }

    @Test
    void twenty_jobs_that_wait_take_one_connection_and_hold_up_nothing() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.signedIn();
            Set<Request> open = ConcurrentHashMap.newKeySet();
            AtomicInteger most = new AtomicInteger();
            page.onRequest(request -> {
                if (request.url().contains("wait=")) {
                    open.add(request);
                    most.accumulateAndGet(open.size(), Math::max);
                }
            });
            page.onRequestFinished(open::remove);
            page.onRequestFailed(open::remove);

            for (int i = 1; i <= 20; i++) {
                page.click("#order button");
                assertThat(page.locator("#jobs li")).hasCount(i);
            }
            page.waitForCondition(() -> BROWSERS.site().server().waiting() == 1);
            page.click("#jobs li:nth-child(7) button");
            assertThat(page.locator("#jobs li:nth-child(7)")).containsText("cancelled");
            for (Locator job : page.locator("#jobs li").all()) {
                if (!String.valueOf(job.textContent()).contains("cancelled")) {
                    String id = idOf(job);
                    work.complete(id, work.claim(id), 1);
                }
            }

            assertThat(page.locator("#jobs li.succeeded")).hasCount(19);
            page.waitForCondition(() -> BROWSERS.site().server().waiting() == 0);
            // The end of a request that was given up may be told after the beginning of the next one.
            assertThat(most.get()).isLessThanOrEqualTo(2);
            assertThat(page.locator("#trouble")).isHidden();
        }
    }

    @Test
    void a_page_that_nobody_sees_keeps_no_connection_and_catches_up_when_it_is_seen() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.signedIn();
            page.click("#order button");
            Locator job = page.locator("#jobs li");
            assertThat(job).containsText("queued");
            page.waitForCondition(() -> BROWSERS.site().server().waiting() == 1);

            page.evaluate("""
                    () => {
                      globalThis.isAway = true
                      Object.defineProperty(document, 'hidden', { get: () => isAway })
                      document.dispatchEvent(new Event('visibilitychange'))
                    }
                    """);
            page.waitForCondition(() -> BROWSERS.site().server().waiting() == 0);
            work.complete(idOf(job), work.claim(idOf(job)), 1);
            page.evaluate("() => { isAway = false; document.dispatchEvent(new Event('visibilitychange')) }");

            assertThat(job).containsText("succeeded");
        }
    }

    @Test
    void a_server_without_room_for_waiting_polls_is_polled_with_pauses() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.signedIn();
            page.route(
                    "**/api/jobs/changes?wait=*",
                    route -> route.resume(new Route.ResumeOptions()
                            .setUrl(route.request().url().replaceAll("\\?wait=.*", ""))));

            page.click("#order button");
            page.waitForCondition(() -> visitor.traffic().countOf("/api/jobs/changes") >= 2);
            page.waitForTimeout(2_000);

            // About one in a second; without a pause, hundreds.
            assertThat(visitor.traffic().countOf("/api/jobs/changes")).isLessThan(30);
        }
    }

    @Test
    void what_is_no_json_object_is_said_at_the_field_and_not_sent() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.signedIn();

            page.fill("#request", "[1]");
            page.click("#order button");

            assertThat(page.locator("#request-wrong")).containsText("not a JSON object");
            assertThat(page.locator("#request")).isFocused();
            assertThat(visitor.traffic().countOf("/api/jobs")).isZero();
        }
    }

    @Test
    void what_a_worker_or_a_user_writes_is_shown_as_text() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.signedIn();
            page.fill("#request", "{\"prompt\": \"<img src=x onerror=alert(1)>\"}");

            page.click("#order button");

            assertThat(page.locator("#jobs li code.request")).containsText("<img src=x onerror=alert(1)>");
            assertThat(page.locator("#jobs img")).hasCount(0);
        }
    }

    @Test
    void a_client_that_watches_many_jobs_gets_their_large_results_too() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.signedIn();
            String id = work.order(Api.of(BROWSERS.site().server()));
            String body =
                    "{\"fence\":" + work.claim(id) + ",\"sats_cost\":1,\"result\":\"" + "r".repeat(20_000) + "\"}";
            work.worker().post("/api/jobs/" + id + "/complete", body);

            Object length = page.evaluate("""
                    async id => {
                      const { TrustClient } = await import('/nostr-trust.js')
                      return (await new TrustClient().finished(id)).result.length
                    }
                    """, id);

            assertThat(length).isEqualTo(20_000);
        }
    }

    private static String idOf(Locator job) {
        return String.valueOf(job.getAttribute("id")).substring("job-".length());
    }
}
