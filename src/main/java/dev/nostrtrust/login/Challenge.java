package dev.nostrtrust.login;

import java.time.Instant;
import java.util.UUID;

/**
 * The content of a nonce whose MAC was verified.
 *
 * @param id identifies the nonce; redeeming it creates the login with this id, which can exist only once
 * @param origin the origin for which it was issued
 * @param issuedAt in milliseconds
 * @param expiresAt the end of its validity
 */
record Challenge(UUID id, Purpose purpose, String origin, Instant issuedAt, Instant expiresAt) {

    /** The purpose of a proof. A signature for one purpose is not valid for another. */
    enum Purpose {
        LOGIN((byte) 1, "login", "POST", "/api/identity/verify", "Sign in to "),
        ERASE((byte) 2, "erase", "DELETE", "/api/identity/me", "Erase my identity at ");

        private final byte number;
        private final String code;
        private final String method;
        private final String path;
        private final String statement;

        Purpose(byte number, String code, String method, String path, String statement) {
            this.number = number;
            this.code = code;
            this.method = method;
            this.path = path;
            this.statement = statement;
        }

        /** The number of the purpose in a nonce. */
        byte number() {
            return number;
        }

        String code() {
            return code;
        }

        /** The HTTP method in the signed event. */
        String method() {
            return method;
        }

        /** The URL in the signed event. */
        String url(String origin) {
            return origin + path;
        }

        /** The statement that a signer shows to its user. */
        String statement(String authority) {
            return statement + authority;
        }
    }
}
