package dev.nostrtrust.login;

import java.time.Instant;
import java.util.UUID;

/**
 * What a nonce says of itself once its MAC has been checked.
 *
 * @param id names the nonce: redeeming it makes a login of this id, and there is one login of an id
 * @param origin that it was issued for
 * @param issuedAt to the millisecond
 * @param expiresAt until when it may be redeemed
 */
record Challenge(UUID id, Purpose purpose, String origin, Instant issuedAt, Instant expiresAt) {

    /** What proving the key is for: a signature for one purpose is no use for another. Its code is the API's. */
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

        /** What a nonce carries of it. */
        byte number() {
            return number;
        }

        String code() {
            return code;
        }

        /** The method that the signed event names. */
        String method() {
            return method;
        }

        /** The URL that the signed event names, at an origin. */
        String url(String origin) {
            return origin + path;
        }

        /** What a signer shows to its user. */
        String statement(String authority) {
            return statement + authority;
        }
    }
}
