/** What users know a signer by. @param {{kind: string}} signer */
export function nameOf({ kind }: {
    kind: string;
}): string;
/**
 * The event that a signer has signed. A signature alone is completed with the template and the signer's key.
 *
 * @param {Signer} signer
 * @param {EventTemplate} template what was to be signed
 * @param {unknown} answer of the signer
 * @returns {Promise<SignedEvent>}
 * @throws {TrustError} `signer_refused`, `signer_invalid` where the answer is no signed event, `signer_changed_event` where the
 *   event is another one
 */
export function signedBy(signer: Signer, template: EventTemplate, answer: unknown): Promise<SignedEvent>;
export function refused(signer: {
    kind: string;
}, cause: unknown): TrustError;
export function invalid(signer: {
    kind: string;
}, what: string): TrustError;
export type Signer = import("./nostr-signers.js").Signer;
export type EventTemplate = import("./nostr-signers.js").EventTemplate;
export type SignedEvent = import("./nostr-signers.js").SignedEvent;
import { TrustError } from './nostr-calls.js';
