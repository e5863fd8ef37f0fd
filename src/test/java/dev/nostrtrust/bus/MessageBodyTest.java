package dev.nostrtrust.bus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.json.Json;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessageBodyTest {

    @Test
    void the_body_of_an_object_equals_its_parsed_text() {
        Json.Obj object = Json.object()
                .put("text", "a \"quoted\" ⚡ one")
                .put("nothing", Json.ofNullable(null))
                .put("whole", Long.MAX_VALUE)
                .put("real", 30.76923076923077)
                .put("tiny", 1.25e-9)
                .put("negative", -3L)
                .put("yes", true)
                .put("list", Json.strings(List.of("a", "b")))
                .put("inner", Json.object().put("deep", 1L).build())
                .put("written", new Json.Raw("{\"raw\":[1,2.5,null]}"))
                .build();

        JsonObject body = MessageBody.of(object);

        assertThat(body.encode()).isEqualTo(new JsonObject(object.encode()).encode());
        assertThat(body.getValue("whole")).isEqualTo(Long.MAX_VALUE);
        assertThat(body.getValue("real")).isEqualTo(30.76923076923077);
    }

    @Test
    void a_number_beyond_long_becomes_a_double() {
        Json.Obj object =
                Json.object().put("big", new Json.Num("18446744073709551616")).build();

        assertThat(MessageBody.of(object).getValue("big")).isEqualTo(0x1p64);
    }
}
