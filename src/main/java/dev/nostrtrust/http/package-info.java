/** HTTP: server, routes, requests, replies and problems. HTTP status codes live in this package only. */
@NullMarked
package dev.nostrtrust.http;

import org.jspecify.annotations.NullMarked;
