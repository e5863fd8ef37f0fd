/**
 * The client for programs around the server: consumers follow tiers and the ledger, workers do jobs. {@link TierCache},
 * {@link TrustFeed} and {@link JobWorker} are where to begin.
 */
@NullMarked
package dev.nostrtrust.client;

import org.jspecify.annotations.NullMarked;
