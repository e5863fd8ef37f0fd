package dev.nostrtrust;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * Registered for every test class: fails it if our own code blocks an event loop. Vert.x reports each loop that does
 * not get on, with its stack. That alone proves nothing on a busy machine: a loop counts as blocked if two consecutive
 * reports find it in the same blocking call of the JDK or of the JDBC driver, made by the same line of our own code.
 */
public final class BlockedLoops implements BeforeAllCallback, AfterAllCallback {
    private static final String OURS = "dev.nostrtrust.";

    /** What leads from our own code to a blocking call, and neither to a log line nor to a class that is loaded. */
    private static final Pattern BLOCKING = Pattern.compile("java\\.lang\\.(Thread|Object|VirtualThread|Process\\w*)"
            + "|java\\.(io|net|nio|sql)\\..*|sun\\.(nio|net)\\..*|jdk\\.internal\\.(misc|net)\\..*"
            + "|java\\.util\\.concurrent\\..*|org\\.postgresql\\..*|io\\.vertx\\.core\\.(Future|impl\\.future\\..*)");

    /** A lock that another thread holds for a moment: on a busy machine that moment may be long. */
    private static final Pattern LOCK = Pattern.compile("java\\.util\\.concurrent\\.locks\\.Reentrant.*");

    private static final List<String> FINDINGS = new CopyOnWriteArrayList<>();
    private static final Appender APPENDER = new Appender();

    @Override
    public void beforeAll(ExtensionContext context) {
        listen();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        assertThat(take()).as("calls of our own that block an event loop").isEmpty();
    }

    /** The calls found since the last time, which are forgotten then. */
    static List<String> take() {
        List<String> findings = List.copyOf(FINDINGS);
        FINDINGS.removeAll(findings);
        return findings;
    }

    private static synchronized void listen() {
        if (!APPENDER.isStarted()) {
            APPENDER.start();
            Logger checker = (Logger) LoggerFactory.getLogger("io.vertx.core.impl.BlockedThreadChecker");
            checker.addAppender(APPENDER);
        }
    }

    /** Reads the reports; each Vert.x has a thread of its own that makes them. */
    private static final class Appender extends AppenderBase<ILoggingEvent> {
        private static final Pattern REPORT = Pattern.compile("Thread (\\S+) has been blocked for (\\d+) ms.*");

        private final Map<String, Report> last = new ConcurrentHashMap<>();

        private record Report(long millis, String call) {}

        @Override
        protected void append(ILoggingEvent event) {
            var report = REPORT.matcher(event.getFormattedMessage());
            IThrowableProxy stack = event.getThrowableProxy();
            if (!report.matches() || stack == null) {
                return;
            }
            String thread = report.group(1) + " of " + Thread.currentThread().getId();
            long millis = Long.parseLong(report.group(2));
            String call = blockingCall(Stream.of(stack.getStackTraceElementProxyArray())
                            .map(StackTraceElementProxy::getStackTraceElement)
                            .toList())
                    .orElse("");
            Report before = last.put(thread, new Report(millis, call));
            if (before != null
                    && before.millis() < millis
                    && !call.isEmpty()
                    && before.call().equals(call)) {
                FINDINGS.add(call + " (" + millis + " ms)");
            }
        }
    }

    /**
     * The native call on top of a stack and the line of ours that made it, if all between them is the JDK's blocking
     * operations, the JDBC driver or a wait for a future.
     */
    static Optional<String> blockingCall(List<StackTraceElement> stack) {
        if (stack.isEmpty() || !stack.get(0).isNativeMethod()) {
            return Optional.empty();
        }
        return stack.stream()
                .dropWhile(frame -> BLOCKING.matcher(frame.getClassName()).matches()
                        && !LOCK.matcher(frame.getClassName()).matches())
                .findFirst()
                .filter(frame -> frame.getClassName().startsWith(OURS))
                .map(frame -> frame + " calls " + stack.get(0));
    }
}
