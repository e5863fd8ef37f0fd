/** The storage that all tabs of an origin share; undefined if the browser has none or denies it. @returns {Store | undefined} */
export function sharedStorage(): Store | undefined;
/** @typedef {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>} Store what is used of a storage */
/** A storage that never throws: what fails once is replaced by memory, with all that was read and written so far. */
export class SafeStorage {
    /** @param {Store | undefined} storage may be missing, may have no methods, and its methods may throw */
    constructor(storage: Store | undefined);
    /** Whether this keeps its values in that storage. @param {unknown} storage */
    isIn(storage: unknown): boolean;
    /** @param {string} name @returns {string | null} */
    getItem(name: string): string | null;
    /** @param {string} name @param {string} value */
    setItem(name: string, value: string): void;
    /** @param {string} name */
    removeItem(name: string): void;
    #private;
}
/**
 * what is used of a storage
 */
export type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;
