package dev.nostrtrust.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.Optional;

/** A response as tests look at it. */
public record Answer(int status, HttpResponse<String> response, JsonNode json) {

    public String text(String field) {
        return json.path(field).asText();
    }

    /** The stable code of a problem; empty where it is none. */
    public String code() {
        return json.path("code").asText();
    }

    public Optional<String> header(String name) {
        return response.headers().firstValue(name);
    }

    @Override
    public String toString() {
        return status + " " + response.body();
    }
}
