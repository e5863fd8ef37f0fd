/** The one watch of a page over jobs at a server. @param {string} base of the server */
export function watchOf(base: string): JobWatch;
export type Job = import("./nostr-answers.js").Job;
export type Waiter = {
    resolve: (job: Job) => void;
    reject: (error: unknown) => void;
    onChange: ((job: Job) => void) | undefined;
};
export type Watched = {
    job: Job | null;
    waiters: Set<Waiter>;
};
/** Whatever is waited for at one server. The client names the states that it knows, and so misses nothing between two requests. */
declare class JobWatch {
    /** @param {string} base */
    constructor(base: string);
    /**
     * The job when it is over.
     *
     * @param {string} id
     * @param {{signal?: AbortSignal, onChange?: (job: Job) => void}} options
     * @returns {Promise<Job>}
     */
    finished(id: string, { signal, onChange }: {
        signal?: AbortSignal;
        onChange?: (job: Job) => void;
    }): Promise<Job>;
    #private;
}
export {};
