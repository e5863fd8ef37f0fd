/** Login: challenges, the proof of a key, NIP-98 requests, refresh, logout and erasure requests. */
@NullMarked
package dev.nostrtrust.login;

import org.jspecify.annotations.NullMarked;
