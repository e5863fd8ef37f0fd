/** What operators do: credentials, identities, jobs and the audit log. */
@NullMarked
package dev.nostrtrust.operator;

import org.jspecify.annotations.NullMarked;
