/** HTTP: requests in, replies and problems out. Status codes live here and nowhere else. */
@NullMarked
package dev.nostrtrust.http;

import org.jspecify.annotations.NullMarked;
