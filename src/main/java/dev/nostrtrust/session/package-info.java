/** Sessions: what ties an identity's requests together. */
@NullMarked
package dev.nostrtrust.session;

import org.jspecify.annotations.NullMarked;
