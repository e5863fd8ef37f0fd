package dev.nostrtrust.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Serves the contract of the API, src/main/resources/openapi.yaml. */
public final class ContractRoutes implements RouteModule {
    private final Buffer contract = Reply.shared(read());

    @Override
    public void mount(Routes routes) {
        routes.get("/openapi.yaml", request -> {
            request.query().check();
            return Future.succeededFuture(Reply.document("application/yaml", contract, 300));
        });
    }

    private static String read() {
        try (InputStream in = ContractRoutes.class.getResourceAsStream("/openapi.yaml")) {
            if (in == null) {
                throw new IllegalStateException("openapi.yaml is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
