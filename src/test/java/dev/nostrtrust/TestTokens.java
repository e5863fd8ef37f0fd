package dev.nostrtrust;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A token taken apart, to be altered and signed again with the server's own key: what only a thief of the key could
 * make.
 */
public final class TestTokens {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ObjectNode header;
    private final ObjectNode claims;

    private TestTokens(ObjectNode header, ObjectNode claims) {
        this.header = header;
        this.claims = claims;
    }

    public static TestTokens of(String token) {
        String[] parts = token.split("\\.", -1);
        return new TestTokens(decode(parts[0]), decode(parts[1]));
    }

    public TestTokens header(String name, String value) {
        return new TestTokens(header.deepCopy().put(name, value), claims);
    }

    public TestTokens claim(String name, String value) {
        return new TestTokens(header, claims.deepCopy().put(name, value));
    }

    public TestTokens claim(String name, long value) {
        return new TestTokens(header, claims.deepCopy().put(name, value));
    }

    public TestTokens without(String claim) {
        ObjectNode rest = claims.deepCopy();
        rest.remove(claim);
        return new TestTokens(header, rest);
    }

    public String unsigned() {
        return encode(header.toString()) + "." + encode(claims.toString()) + ".";
    }

    public String signed() {
        return signedWith(TestServer.TOKEN_KEY);
    }

    public String signedWith(String key) {
        String input = encode(header.toString()) + "." + encode(claims.toString());
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(key), "HmacSHA256"));
            byte[] signature = mac.doFinal(input.getBytes(StandardCharsets.US_ASCII));
            return input + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ObjectNode decode(String part) {
        try {
            byte[] json = Base64.getUrlDecoder().decode(part);
            return (ObjectNode) JSON.readTree(new String(json, StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String encode(String json) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }
}
