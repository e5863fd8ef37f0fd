package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What browsers are given besides the API. */
class WebFilesTest {
    private static final TestServer SERVER = TestServer.start();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @AfterAll
    static void close() {
        SERVER.close();
    }

    private static HttpResponse<byte[]> send(String method, String path, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + SERVER.port() + path))
                .method(method, BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), BodyHandlers.ofByteArray());
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/docs"})
    void pages_run_no_script_of_their_own_and_none_of_others(String path) throws Exception {
        HttpResponse<byte[]> page = send("GET", path);

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(header(page, "Content-Type")).isEqualTo("text/html; charset=utf-8");
        assertThat(header(page, "Content-Security-Policy"))
                .startsWith("default-src 'none'; script-src 'self'; connect-src 'self';")
                .contains("frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'");
        assertThat(header(page, "X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(header(page, "Referrer-Policy")).isEqualTo("no-referrer");
        assertThat(new String(page.body(), StandardCharsets.UTF_8))
                .doesNotContain("http://", "https://", "onclick", "style=");
    }

    @Test
    void the_page_does_without_styles_of_its_own_too() throws Exception {
        assertThat(header(send("GET", "/"), "Content-Security-Policy")).doesNotContain("unsafe");
    }

    @Test
    void all_that_the_pages_name_is_there() throws Exception {
        for (String path : new String[] {"/", "/docs"}) {
            String page = new String(send("GET", path).body(), StandardCharsets.UTF_8);
            var named = Pattern.compile("(?:src|href)=\"(/[^\"]*)\"")
                    .matcher(page)
                    .results()
                    .map(match -> match.group(1))
                    .collect(Collectors.toSet());

            assertThat(named).hasSizeGreaterThan(3);
            for (String file : named) {
                assertThat(send("GET", file).statusCode()).as(file).isEqualTo(200);
            }
        }
    }

    @Test
    void a_browser_that_has_a_file_gets_304() throws Exception {
        HttpResponse<byte[]> first = send("GET", "/nostr-trust.js");
        String tag = header(first, "ETag");

        HttpResponse<byte[]> again = send("GET", "/nostr-trust.js", "If-None-Match", tag);

        assertThat(tag).isNotEmpty();
        assertThat(header(first, "Cache-Control")).isEqualTo("no-cache");
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(header(again, "ETag")).isEqualTo(tag);
        assertThat(send("GET", "/nostr-trust.js", "If-None-Match", "\"other\"").statusCode())
                .isEqualTo(200);
    }

    @Test
    void who_takes_it_gets_it_compressed_under_a_tag_of_its_own() throws Exception {
        HttpResponse<byte[]> plain = send("GET", "/page/page.css");
        HttpResponse<byte[]> zipped = send("GET", "/page/page.css", "Accept-Encoding", "br, gzip");

        assertThat(header(zipped, "Content-Encoding")).isEqualTo("gzip");
        assertThat(new GZIPInputStream(new ByteArrayInputStream(zipped.body())).readAllBytes())
                .isEqualTo(plain.body());
        assertThat(zipped.body().length).isLessThan(plain.body().length);
        assertThat(header(zipped, "ETag")).isNotEqualTo(header(plain, "ETag"));
        assertThat(header(plain, "Vary")).isEqualTo("accept-encoding, origin");
    }

    @Test
    void files_are_asked_for_by_get_and_head_and_by_nothing_else() throws Exception {
        HttpResponse<byte[]> head = send("HEAD", "/");
        HttpResponse<byte[]> post = send("POST", "/");

        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(header(head, "ETag")).isEqualTo(header(send("GET", "/"), "ETag"));
        assertThat(post.statusCode()).isEqualTo(405);
        assertThat(header(post, "Allow").split(", ")).containsExactlyInAnyOrder("GET", "HEAD");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/page/", "/page/../openapi.yaml/x", "/page/%2e%2e/logback.xml", "/web/index.html", "/index.html"
            })
    void nothing_else_is_given_out(String path) throws Exception {
        assertThat(send("GET", path).statusCode()).isEqualTo(404);
    }
}
