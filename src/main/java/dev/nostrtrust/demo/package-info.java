/** The demonstration client: logs in, orders a job, does its work and shows the change of trust. */
@NullMarked
package dev.nostrtrust.demo;

import org.jspecify.annotations.NullMarked;
