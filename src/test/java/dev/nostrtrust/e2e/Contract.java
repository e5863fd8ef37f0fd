package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.yaml.snakeyaml.Yaml;

/** Holds every response to openapi.yaml: that the operation may answer so, with these headers and this body. */
final class Contract {
    private static final String IRI = "https://contract.invalid/openapi";
    private static final JsonNode DOCUMENT = read();
    private static final JsonSchemaFactory FACTORY = JsonSchemaFactory.getInstance(
            VersionFlag.V202012,
            builder -> builder.schemaLoaders(loaders -> loaders.schemas(Map.of(IRI, DOCUMENT.toString()))));
    private static final Map<String, JsonSchema> SCHEMAS = new ConcurrentHashMap<>();

    private Contract() {}

    /** Every operation of the contract, as {@code METHOD template}. */
    static Set<String> operations() {
        Set<String> operations = new TreeSet<>();
        DOCUMENT.get("paths")
                .properties()
                .forEach(path -> path.getValue().fieldNames().forEachRemaining(method -> {
                    if (List.of("get", "post", "put", "delete", "patch").contains(method)) {
                        operations.add(method.toUpperCase(java.util.Locale.ROOT) + " " + path.getKey());
                    }
                }));
        return operations;
    }

    static void check(String method, String path, HttpResponse<String> response) {
        String template = template(method, path);
        if (method.equals("OPTIONS") && response.statusCode() == 204) {
            // What browsers ask first is not the API's, but the Fetch standard's.
            return;
        }
        if (template.isEmpty()) {
            assertThat(response.statusCode())
                    .as("%s %s is in no contract", method, path)
                    .isIn(400, 404, 405, 414, 431);
            checkProblem(response);
            return;
        }
        String pointer = "/paths/" + escape(template) + "/" + method.toLowerCase(java.util.Locale.ROOT) + "/responses/"
                + response.statusCode();
        JsonNode documented = DOCUMENT.at(pointer);
        assertThat(documented.isMissingNode())
                .as("%s %s documents no %s: %s", method, template, response.statusCode(), response.body())
                .isFalse();
        String at = pointer;
        if (documented.has("$ref")) {
            at = documented.get("$ref").asText().substring(1);
            documented = DOCUMENT.at(at);
        }
        checkHeaders(documented, response);
        checkBody(documented, at, response);
    }

    private static void checkHeaders(JsonNode documented, HttpResponse<String> response) {
        documented.path("headers").fieldNames().forEachRemaining(name -> assertThat(
                        response.headers().firstValue(name))
                .as("header %s", name)
                .isPresent());
    }

    private static void checkBody(JsonNode documented, String pointer, HttpResponse<String> response) {
        String type = response.headers().firstValue("Content-Type").orElse("");
        JsonNode content = documented.path("content");
        if (content.isMissingNode()) {
            assertThat(response.body()).as("%s has no body", pointer).isEmpty();
            return;
        }
        assertThat(content.has(type)).as("%s as %s", pointer, type).isTrue();
        if (type.contains("json")) {
            validate(pointer + "/content/" + escape(type) + "/schema", response.body());
        }
    }

    private static void checkProblem(HttpResponse<String> response) {
        assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
        validate("/components/schemas/Problem", response.body());
    }

    private static void validate(String pointer, String body) {
        JsonSchema schema = SCHEMAS.computeIfAbsent(
                pointer,
                at -> FACTORY.getSchema(
                        SchemaLocation.of(IRI + "#" + at.replace("{", "%7B").replace("}", "%7D")),
                        SchemaValidatorsConfig.builder()
                                .formatAssertionsEnabled(true)
                                .build()));
        try {
            List<String> problems = new ArrayList<>();
            schema.validate(Api.JSON.readTree(body)).forEach(message -> problems.add(message.toString()));
            assertThat(problems).as("%s: %s", pointer, body).isEmpty();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(body, e);
        }
    }

    /**
     * The most literal template that fits, /api/trust/me rather than /api/trust/{pubkey}; empty without this method.
     */
    private static String template(String method, String path) {
        String bare = path.replaceFirst("\\?.*", "");
        return operations().stream()
                .map(operation -> operation.substring(operation.indexOf(' ') + 1))
                .filter(template -> bare.matches(template.replace(".", "\\.").replaceAll("\\{\\w+}", "[^/]+")))
                .min((a, b) -> Long.compare(braces(a), braces(b)))
                .filter(template -> operations().contains(method + " " + template))
                .orElse("");
    }

    private static long braces(String template) {
        return template.chars().filter(c -> c == '{').count();
    }

    private static String escape(String segment) {
        return segment.replace("~", "~0").replace("/", "~1");
    }

    private static JsonNode read() {
        InputStream in = Contract.class.getResourceAsStream("/openapi.yaml");
        Object yaml = new Yaml().load(in);
        return Api.JSON.valueToTree(yaml);
    }
}
