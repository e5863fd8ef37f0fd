package dev.nostrtrust.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class UuidV7Test {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00.123Z");

    private static byte[] random(int first, long rest) {
        return ByteBuffer.allocate(10).putShort((short) first).putLong(rest).array();
    }

    @Test
    void the_example_of_rfc_9562_has_its_id() {
        Instant time = Instant.parse("2022-02-22T19:22:22Z");

        UUID id = UuidV7.of(time, random(0x0cc3, 0x18c4_dc0c_0c07_398fL));

        assertThat(id).hasToString("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    }

    @Test
    void version_and_variant_do_not_depend_on_the_random_bits() {
        for (long bits : new long[] {0, -1}) {
            UUID id = UuidV7.of(NOW, random((int) bits, bits));

            assertThat(id.version()).isEqualTo(7);
            assertThat(id.variant()).isEqualTo(2);
        }
    }

    @Test
    void ids_are_ordered_by_time_to_the_millisecond() {
        UUID earlier = UuidV7.of(NOW, random(-1, -1));
        UUID later = UuidV7.of(NOW.plusMillis(1), random(0, 0));

        assertThat(earlier.toString()).isLessThan(later.toString());
        assertThat(earlier.getMostSignificantBits() >>> 16).isEqualTo(NOW.toEpochMilli());
    }

    @Test
    void ids_of_one_millisecond_differ() {
        Set<UUID> ids =
                Stream.generate(() -> UuidV7.next(NOW)).limit(1000).collect(Collectors.toCollection(TreeSet::new));

        assertThat(ids).hasSize(1000);
    }
}
