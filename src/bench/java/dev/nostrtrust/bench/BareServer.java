package dev.nostrtrust.bench;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;

/** A Vert.x server that answers every request with the same JSON, on as many event loops as the machine has cores. */
final class BareServer {
    private BareServer() {}

    /** Serves a port, with a body of a given size. */
    public static void main(String[] arguments) {
        int port = Integer.parseInt(arguments[0]);
        Buffer body =
                Buffer.buffer("{\"text\":\"" + "x".repeat(Math.max(0, Integer.parseInt(arguments[1]) - 11)) + "\"}");
        Vertx vertx = Vertx.vertx();
        int loops = Runtime.getRuntime().availableProcessors();
        vertx.deployVerticle(() -> new Loop(port, body), new DeploymentOptions().setInstances(loops))
                .onFailure(failure -> System.exit(1));
    }

    private static final class Loop extends AbstractVerticle {
        private final int port;
        private final Buffer body;

        Loop(int port, Buffer body) {
            this.port = port;
            this.body = body;
        }

        @Override
        public void start() {
            vertx.createHttpServer()
                    .requestHandler(request -> request.response()
                            .putHeader("content-type", "application/json")
                            .end(body))
                    .listen(port, "127.0.0.1");
        }
    }
}
