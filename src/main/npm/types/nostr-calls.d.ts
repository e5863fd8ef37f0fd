/**
 * Calls the server.
 *
 * @param {string} url
 * @param {Call} [call]
 * @returns {Promise<any>} what it answers
 * @throws {TrustError}
 */
export function send(url: string, call?: Call): Promise<any>;
/**
 * Waits, longer from attempt to attempt.
 *
 * @param {number} attempt from 1
 * @param {AbortSignal} [signal]
 * @param {number} [least] how long it has to be, in milliseconds
 */
export function pause(attempt: number, signal?: AbortSignal, least?: number): Promise<any>;
/** A key that nobody guesses (122 random bits, as a UUID), in insecure contexts too. */
export function unguessable(): string;
/** What a caller can do about an error is decided by its `code`. */
export class TrustError extends Error {
    /**
     * @param {string} code the server's own (the contract lists them), or one of ours: `network` (nothing came back),
     *   `signer_missing`, `signer_refused`, `signer_silent`, `signer_invalid`, `signer_changed_event`, `signer_wrong_account`,
     *   `insecure_context`, `not_signed_in`; or `http_` and the status where something between us and the server has answered
     * @param {string} detail for people to read
     * @param {{status?: number, traceId?: string, retryAfter?: number, violations?: Violation[], cause?: unknown}} [more]
     */
    constructor(code: string, detail: string, more?: {
        status?: number;
        traceId?: string;
        retryAfter?: number;
        violations?: Violation[];
        cause?: unknown;
    });
    code: string;
    /** The status of the answer; 0 where there was none. */
    status: number;
    /** What the server's log knows the request by. @type {string | undefined} */
    traceId: string | undefined;
    /** Seconds to wait before another attempt. @type {number | undefined} */
    retryAfter: number | undefined;
    /** What is wrong with which field of the request. */
    violations: Violation[];
}
/** Codes of refusals that mean that a token is good for nothing any more. */
export const ENDED: string[];
export function isPassing(error: unknown): error is TrustError;
export type Violation = {
    field: string;
    message: string;
};
export type Call = {
    /**
     * `GET` unless there is a body
     */
    method?: string | undefined;
    /**
     * sent as JSON
     */
    body?: unknown;
    token?: string | undefined;
    /**
     * makes it safe to send the call again; this is done, a few times, where it is of use
     */
    idempotencyKey?: string | undefined;
    /**
     * how long the answer may take, in milliseconds
     */
    timeout?: number | undefined;
    signal?: AbortSignal | undefined;
};
