/** The embedded PostgreSQL: its data directory, its programs and its process. Blocks. */
@NullMarked
package dev.nostrtrust.db.embedded;

import org.jspecify.annotations.NullMarked;
