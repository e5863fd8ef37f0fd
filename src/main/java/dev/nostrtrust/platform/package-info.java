/** What the features stand on: settings, database, migrations, signature workers, topics. */
@NullMarked
package dev.nostrtrust.platform;

import org.jspecify.annotations.NullMarked;
