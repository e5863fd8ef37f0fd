/** The demonstration: drives a running server over HTTP as a browser and a worker would. */
@NullMarked
package dev.nostrtrust.demo;

import org.jspecify.annotations.NullMarked;
