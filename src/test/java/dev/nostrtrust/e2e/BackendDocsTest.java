package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.auth.Tokens;
import dev.nostrtrust.browser.NodeModules;
import dev.nostrtrust.fixture.FreePorts;
import dev.nostrtrust.fixture.Program;
import dev.nostrtrust.fixture.PythonPackages;
import dev.nostrtrust.fixture.Requires;
import dev.nostrtrust.fixture.TestTokens;
import dev.nostrtrust.fixture.Tool;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs of docs/backend.md accept the users of a live server, and nothing else. */
@Tag("full")
class BackendDocsTest {
    private static final String PAGE = read(Path.of("docs/backend.md"));
    private static final String INTROSPECTION = "Introspection";
    private static final String KEY_SET = "Key set (ES256)";
    private static final String KEY = Tokens.generateElliptic();
    private static final String OLD_KEY = Tokens.generateElliptic();

    private static TestServer server;
    private static Api api;
    private static Api operator;

    @TempDir
    private Path directory;

    /** The user of a test, with a token. */
    private final User user = new User();

    private final String token = user.logIn(api);

    /** A program of the page in a directory, and the command that runs it with a token as the last argument. */
    private record Example(Path directory, List<String> command) {
        Tool.Outcome run(Map<String, String> settings, String token) throws IOException, InterruptedException {
            return Tool.run(
                    directory,
                    settings,
                    Stream.concat(command.stream(), Stream.of(token)).toList());
        }
    }

    @BeforeAll
    static void start() {
        server = TestServer.start(Map.of("TOKEN_ALGORITHM", "ES256", "TOKEN_KEYS", "new:" + KEY + ",old:" + OLD_KEY));
        api = Api.of(server);
        operator = api.as(server.token(Scope.OPERATOR));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    @Requires(Tool.NODE_MODULES)
    void introspection_in_node_lets_in_users_of_living_logins_only() throws Exception {
        checkIntrospection(node(INTROSPECTION));
    }

    @Test
    @Requires(Tool.PYTHON_PACKAGES)
    void introspection_in_python_lets_in_users_of_living_logins_only() throws Exception {
        checkIntrospection(python(INTROSPECTION));
    }

    @Test
    void introspection_in_java_lets_in_users_of_living_logins_only() throws Exception {
        checkIntrospection(java(INTROSPECTION, "jackson-databind", "jackson-core", "jackson-annotations"));
    }

    @Test
    @Requires(Tool.NODE_MODULES)
    void the_key_set_in_node_lets_in_users_with_tokens_of_the_engine_only() throws Exception {
        checkKeySet(node(KEY_SET));
    }

    @Test
    @Requires(Tool.PYTHON_PACKAGES)
    void the_key_set_in_python_lets_in_users_with_tokens_of_the_engine_only() throws Exception {
        checkKeySet(python(KEY_SET));
    }

    @Test
    void the_key_set_in_java_lets_in_users_with_tokens_of_the_engine_only() throws Exception {
        checkKeySet(java(KEY_SET, "nimbus-jose-jwt"));
    }

    @Test
    @Requires(Tool.CURL)
    void the_lookup_shows_the_tier_and_the_block_of_a_user() throws Exception {
        operator.post("/api/trust/" + user.pubkey() + "/block");

        Tool.Outcome lookup = Tool.run(
                directory,
                with("PUBKEY", user.pubkey()),
                List.of("sh", "-c", code("What a signature does not show", "sh")));

        JsonNode identity = Api.JSON.readTree(lookup.output()).at("/identities/" + user.pubkey());
        assertThat(identity.path("trust_tier").asText()).as(lookup.output()).isEqualTo("new");
        assertThat(identity.path("blocked").asBoolean()).isTrue();
        assertThat(identity.has("tier_until")).isTrue();
    }

    @Test
    void a_replaced_token_stays_active_and_the_key_set_may_be_kept_for_five_minutes() {
        api.as(token).post("/api/identity/refresh");

        assertThat(introspect(token).get("active").asBoolean()).isTrue();
        assertThat(api.get("/.well-known/jwks.json").header("Cache-Control"))
                .hasValueSatisfying(value -> assertThat(value).contains("max-age=300"));
    }

    @Test
    void all_programs_of_the_page_are_run_with_the_versions_that_it_names() {
        List<String> programs = Pattern.compile("^```(js|python|java|sh)$", Pattern.MULTILINE)
                .matcher(PAGE)
                .results()
                .map(block -> block.group(1))
                .toList();

        assertThat(programs).containsExactly("js", "python", "java", "js", "python", "java", "sh");
        assertThat(read(Path.of("src/test/js/package.json"))).contains("\"jose\": \"" + version("jose@") + "\"");
        assertThat(read(Path.of("src/test/python/requirements.txt")))
                .contains("PyJWT==" + version("PyJWT[crypto]==") + "\n");
        assertThat(Program.classPathOf("nimbus-jose-jwt"))
                .endsWith("nimbus-jose-jwt-" + version("nimbus-jose-jwt:") + ".jar");
    }

    private void checkIntrospection(Example example) throws Exception {
        operator.post("/api/trust/" + user.pubkey() + "/lock", "{\"tier\":\"trusted\"}");
        JsonNode answer = introspect(token);
        ObjectNode expected = Api.JSON.createObjectNode().put("pubkey", user.pubkey());
        for (String name : List.of("trust_tier", "blocked", "tier_until", "exp")) {
            expected.set(name, answer.get(name));
        }

        assertThat(expected.get("trust_tier").asText()).isEqualTo("trusted");
        assertThat(accepted(example, token)).isEqualTo(expected);
        assertThat(accepted(example, TestTokens.of(token).signedWith(privateKey(KEY))))
                .isEqualTo(expected);
        for (Map.Entry<String, String> bad : badTokens().entrySet()) {
            checkRefused(example, bad.getKey(), bad.getValue());
        }
        checkRefused(example, "no JWT", "x");
        checkRefused(example, "too long", "a".repeat(2048) + ".b.c");
        checkFails(example, with("ENGINE_URL", "http://127.0.0.1:" + FreePorts.next()));
        checkFails(example, with("SERVICE_TOKEN", "x"));
        checkFails(example, with("SERVICE_TOKEN", server.token(Scope.WORKER)));
        operator.post("/api/trust/" + user.pubkey() + "/block");
        checkRefused(example, "blocked", token);
        operator.post("/api/trust/" + user.pubkey() + "/block", "{\"blocked\":false}");
        accepted(example, token);
        api.as(token).post("/api/identity/logout");
        checkRefused(example, "logged out", token);
    }

    private void checkKeySet(Example example) throws Exception {
        TestTokens parsed = TestTokens.of(token);
        PrivateKey key = privateKey(KEY);

        assertThat(accepted(example, token).get("pubkey").asText()).isEqualTo(user.pubkey());
        assertThat(accepted(example, parsed.signedWith(key))).isEqualTo(accepted(example, token));
        accepted(example, parsed.header("kid", "old").signedWith(privateKey(OLD_KEY)));
        Map<String, String> bad = badTokens();
        bad.put("no signature", parsed.header("alg", "none").unsigned());
        bad.put("a MAC with the public key", parsed.header("alg", "HS256").signedWith(publicKey()));
        bad.put("another type", parsed.header("typ", "at+jwt").signedWith(key));
        bad.put("no type", parsed.withoutHeader("typ").signedWith(key));
        bad.put("an unknown key", parsed.header("kid", "unknown").signedWith(key));
        bad.put("another issuer", parsed.claim("iss", "stranger").signedWith(key));
        bad.put("another audience", parsed.claim("aud", "stranger").signedWith(key));
        bad.put("not valid yet", parsed.claim("nbf", 4_000_000_000L).signedWith(key));
        for (String claim : List.of("iss", "aud", "sub", "sid", "token_use", "exp")) {
            bad.put("without " + claim, parsed.without(claim).signedWith(key));
        }
        for (Map.Entry<String, String> token : bad.entrySet()) {
            checkRefused(example, token.getKey(), token.getValue());
        }
        checkFails(example, with("ENGINE_URL", "http://127.0.0.1:" + FreePorts.next()));
        checkFails(example, with("ENGINE_URL", "http://127.0.0.1:" + server.port() + "/elsewhere"));
        checkFails(example, without("TOKEN_ISSUER"));
        checkFails(example, without("TOKEN_AUDIENCE"));
        api.as(token).post("/api/identity/logout");
        accepted(example, token);
    }

    private Map<String, String> badTokens() {
        TestTokens parsed = TestTokens.of(token);
        int middle = (token.lastIndexOf('.') + token.length()) / 2;
        Map<String, String> bad = new LinkedHashMap<>();
        bad.put(
                "changed",
                token.substring(0, middle) + (token.charAt(middle) == 'A' ? 'B' : 'A') + token.substring(middle + 1));
        bad.put(
                "expired",
                parsed.claim("exp", Instant.now().minus(Duration.ofHours(1)).getEpochSecond())
                        .signedWith(privateKey(KEY)));
        bad.put("another key", parsed.signedWith(privateKey(Tokens.generateElliptic())));
        bad.put("a worker's", server.token(Scope.WORKER));
        bad.put("a worker's with a login", parsed.claim("token_use", "worker").signedWith(privateKey(KEY)));
        return bad;
    }

    private static JsonNode accepted(Example example, String token) throws Exception {
        Tool.Outcome outcome = example.run(settings(), token);
        assertThat(outcome.exitStatus()).as(outcome.output()).isZero();
        assertThat(outcome.output().lines()).hasSize(1);
        return Api.JSON.readTree(outcome.output());
    }

    private static void checkRefused(Example example, String reason, String token) throws Exception {
        Tool.Outcome outcome = example.run(settings(), token);
        assertThat(outcome.output().strip()).as(reason).isEqualTo("null");
        assertThat(outcome.exitStatus()).as(reason).isEqualTo(1);
    }

    /** A good token does not help, and is not printed, if wrong settings make the check impossible. */
    private void checkFails(Example example, Map<String, String> settings) throws Exception {
        Tool.Outcome outcome = example.run(settings, token);
        assertThat(outcome.exitStatus()).as(outcome.output()).isNotZero();
        assertThat(outcome.output().strip()).isNotEqualTo("null").doesNotContain(token);
    }

    private static Map<String, String> with(String name, String value) {
        Map<String, String> settings = settings();
        settings.put(name, value);
        return settings;
    }

    private static Map<String, String> without(String name) {
        Map<String, String> settings = settings();
        settings.remove(name);
        return settings;
    }

    private static Map<String, String> settings() {
        return new TreeMap<>(Map.of(
                "ENGINE_URL",
                "http://127.0.0.1:" + server.port(),
                "SERVICE_TOKEN",
                server.token(Scope.SERVICE),
                "TOKEN_ISSUER",
                "nostr-trust-engine",
                "TOKEN_AUDIENCE",
                "nostr-trust-engine"));
    }

    private static JsonNode introspect(String token) {
        return api.as(server.token(Scope.SERVICE))
                .post("/api/identity/introspect", "{\"token\":\"" + token + "\"}")
                .json();
    }

    private Example node(String section) throws IOException {
        // Beside the packages.
        return example(NodeModules.directory(), section, "js", "node");
    }

    private Example python(String section) throws IOException {
        return example(directory, section, "python", PythonPackages.python().toString());
    }

    /** Runs the source once, as the page does. The compiled class, which starts faster, is the example for the rest. */
    private Example java(String section, String... artifacts) throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String jars = Program.classPathOf(artifacts);
        Example source = example(directory, section, "java", java, "-cp", jars);
        assertThat(accepted(source, token).get("pubkey").asText()).isEqualTo(user.pubkey());
        String file = source.command().get(source.command().size() - 1);
        int status = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-cp", jars, "-d", directory.toString(), "--release", "17", file);
        assertThat(status).isZero();
        String main = Path.of(file).getFileName().toString().replace(".java", "");
        return new Example(
                directory,
                List.of(java, "-XX:TieredStopAtLevel=1", "-cp", directory + File.pathSeparator + jars, main));
    }

    /** Writes the program of a section in a language to a file, which its first line names. */
    private static Example example(Path directory, String section, String language, String... command)
            throws IOException {
        String code = code(section, language);
        String name = code.lines().findFirst().orElseThrow().replaceFirst("^(//|#) ", "");
        Path file = Files.writeString(directory.resolve(name), code);
        List<String> all = new ArrayList<>(List.of(command));
        all.add(file.toString());
        return new Example(directory, all);
    }

    private static String code(String section, String language) {
        String rest = PAGE.substring(PAGE.indexOf("\n## " + section + "\n") + 1);
        String text = rest.substring(0, rest.indexOf("\n## ") + 1);
        List<String> blocks = Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
                .matcher(text)
                .results()
                .map((MatchResult block) -> block.group(1))
                .toList();
        assertThat(blocks).as(section + ", " + language).hasSize(1);
        return blocks.get(0);
    }

    private static String version(String before) {
        return Pattern.compile(Pattern.quote(before) + "([0-9.]+[0-9])")
                .matcher(PAGE)
                .results()
                .findFirst()
                .orElseThrow()
                .group(1);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static PrivateKey privateKey(String pkcs8) {
        try {
            return KeyFactory.getInstance("EC")
                    .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pkcs8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The published key as X.509 in base64, which an attacker has. */
    private static String publicKey() throws GeneralSecurityException {
        JsonNode jwk = api.get("/.well-known/jwks.json").json().at("/keys/0");
        AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
        curve.init(new ECGenParameterSpec("secp256r1"));
        ECPoint point = new ECPoint(coordinate(jwk, "x"), coordinate(jwk, "y"));
        ECPublicKeySpec key = new ECPublicKeySpec(point, curve.getParameterSpec(ECParameterSpec.class));
        return Base64.getEncoder()
                .encodeToString(KeyFactory.getInstance("EC").generatePublic(key).getEncoded());
    }

    private static BigInteger coordinate(JsonNode jwk, String name) {
        return new BigInteger(1, Base64.getUrlDecoder().decode(jwk.get(name).asText()));
    }
}
