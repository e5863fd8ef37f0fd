/** PostgreSQL: pools, availability, error translation, migrations and statement batching. */
@NullMarked
package dev.nostrtrust.db;

import org.jspecify.annotations.NullMarked;
