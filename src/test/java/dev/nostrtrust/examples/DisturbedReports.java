package dev.nostrtrust.examples;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A proxy that passes requests on to a server, and disturbs the first reports that a job is complete. */
final class DisturbedReports implements AutoCloseable {
    private final HttpClient http = HttpClient.newHttpClient();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer proxy;
    private final int serverPort;
    private final Queue<Fault> faults;
    private final Queue<Integer> statuses = new ConcurrentLinkedQueue<>();

    /** A fault of one request. */
    enum Fault {
        /** The answer is 503 with a Retry-After of a second, and the server gets no request. */
        UNAVAILABLE,
        /** The connection is closed, and the server gets no request. */
        LOST_REQUEST,
        /** The server gets the request and answers it, and the connection is closed without the answer. */
        LOST_ANSWER
    }

    /** A proxy on a free port; each report meets the next fault until there are no more. */
    DisturbedReports(int serverPort, List<Fault> faults) throws IOException {
        this.serverPort = serverPort;
        this.faults = new ConcurrentLinkedQueue<>(faults);
        proxy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        proxy.setExecutor(threads);
        proxy.createContext("/", this::serve);
        proxy.start();
    }

    int port() {
        return proxy.getAddress().getPort();
    }

    /** The server's answers to the reports that it got. */
    List<Integer> statuses() {
        return List.copyOf(statuses);
    }

    private void serve(HttpExchange exchange) throws IOException {
        boolean isReport = exchange.getRequestURI().getPath().endsWith("/complete");
        Fault fault = isReport ? faults.poll() : null;
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            if (fault == Fault.UNAVAILABLE) {
                exchange.getResponseHeaders().set("Retry-After", "1");
                exchange.sendResponseHeaders(503, -1);
            } else if (fault != Fault.LOST_REQUEST) {
                HttpResponse<byte[]> response = pass(exchange, body);
                if (isReport) {
                    statuses.add(response.statusCode());
                }
                if (fault != Fault.LOST_ANSWER) {
                    answer(exchange, response);
                }
            }
        }
    }

    private HttpResponse<byte[]> pass(HttpExchange exchange, byte[] body) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + serverPort + exchange.getRequestURI()))
                .header("Authorization", exchange.getRequestHeaders().getFirst("Authorization"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(body))
                .build();
        try {
            return http.send(request, BodyHandlers.ofByteArray());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private static void answer(HttpExchange exchange, HttpResponse<byte[]> response) throws IOException {
        response.headers().firstValue("Content-Type").ifPresent(type -> exchange.getResponseHeaders()
                .set("Content-Type", type));
        exchange.sendResponseHeaders(response.statusCode(), response.body().length);
        exchange.getResponseBody().write(response.body());
    }

    @Override
    public void close() {
        proxy.stop(0);
        threads.shutdownNow();
    }
}
