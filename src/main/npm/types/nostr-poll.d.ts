/**
 * The job when it is over.
 *
 * @param {string} url of the job
 * @param {{signal?: AbortSignal, onChange?: (job: Job) => void}} options
 * @returns {Promise<Job>}
 */
export function finished(url: string, { signal, onChange }: {
    signal?: AbortSignal;
    onChange?: (job: Job) => void;
}): Promise<Job>;
export type Job = import("./nostr-answers.js").Job;
