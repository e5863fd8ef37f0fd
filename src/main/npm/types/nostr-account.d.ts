/** Checks the account when the signer reports a change, and when the user returns to the page. */
export class AccountWatch {
    /**
     * @param {() => string | undefined} expected the key that the signer should name; undefined where it does not matter
     * @param {() => void} other is called when the signer has another account
     */
    constructor(expected: () => string | undefined, other: () => void);
    /** @param {Signer} signer to be watched from now on */
    watch(signer: Signer): void;
    close(): void;
    #private;
}
export type Signer = import("./nostr-signers.js").Signer;
