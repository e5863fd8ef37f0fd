package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ContractTest {

    @Test
    void the_contract_and_the_routes_name_the_same_operations() {
        try (TestServer server = TestServer.start()) {
            assertThat(new TreeSet<>(server.operations())).isEqualTo(Contract.operations());
        }
    }

    @Test
    void the_contract_is_served() {
        try (TestServer server = TestServer.start()) {
            Answer answer = Api.of(server).get("/openapi.yaml");

            assertThat(answer.response().body()).startsWith("openapi: 3.1");
        }
    }
}
