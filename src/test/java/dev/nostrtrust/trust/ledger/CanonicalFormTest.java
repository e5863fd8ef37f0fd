package dev.nostrtrust.trust.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.json.Json;
import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.nostr.Sha256;
import dev.nostrtrust.trust.model.EffectiveTier;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.FactKind;
import dev.nostrtrust.trust.model.FaultReason;
import dev.nostrtrust.trust.model.Tier;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The canonical form, compared with the output of the JSON writer and with a text written by hand. */
class CanonicalFormTest {
    private static final List<String> TEXTS = List.of(
            "job",
            "",
            "say \"hi\"",
            "back\\slash",
            "line\nbreak",
            "\u0000\u001f\u007f",
            "äöü",
            "\u2028",
            "😀",
            "x".repeat(3_000));
    private static final long[] NUMBERS = {
        0, 1, 9, 10, 99, 100, -1, -10, Long.MAX_VALUE, Long.MIN_VALUE, 1_700_000_000_000_000L
    };
    private static final double[] DOUBLES = {
        0.0, -0.0, 1.5, -1e300, Double.MIN_VALUE, Double.NaN, Double.NEGATIVE_INFINITY
    };

    private final Random random = new Random(5);

    private static String bits(double value) {
        return HexFormat.of().toHexDigits(Double.doubleToRawLongBits(value));
    }

    private static long micros(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }

    private static String asJson(Entry entry) {
        Fact fact = entry.fact();
        EffectiveTier effective = entry.effective();
        List<Json> all = new ArrayList<>(List.of(
                Json.of(effective == null ? "nostr-trust-ledger-1" : "nostr-trust-ledger-2"),
                Json.of(entry.seq()),
                Json.of(entry.id()),
                Json.of(fact.source()),
                Json.of(fact.sourceId()),
                Json.of(fact.pubkey().hex()),
                Json.of(fact.kind().code()),
                Json.ofNullable(fact.reason() == null ? null : fact.reason().code()),
                Json.of(fact.sats()),
                Json.of(fact.satsAbsorbed()),
                fact.reverses() == null ? Json.Null.NULL : Json.of(fact.reverses()),
                Json.of(micros(fact.occurredAt())),
                Json.of(bits(entry.delta())),
                Json.of(bits(entry.before().balance())),
                Json.of(bits(entry.after().balance())),
                Json.of(bits(entry.before().score())),
                Json.of(bits(entry.after().score())),
                Json.of(entry.before().tier().code()),
                Json.of(entry.after().tier().code()),
                Json.of(entry.policyVersion()),
                Json.of(micros(entry.scoredAt()))));
        if (effective != null) {
            all.add(Json.ofNullable(
                    fact.lockedTier() == null ? null : fact.lockedTier().code()));
            all.add(Json.of(effective.tier().code()));
            all.add(Json.of(effective.blocked()));
            all.add(effective.until() == null ? Json.Null.NULL : Json.of(micros(effective.until())));
        }
        return Json.array(all).encode();
    }

    private long number() {
        return random.nextBoolean() ? NUMBERS[random.nextInt(NUMBERS.length)] : random.nextLong();
    }

    private double real() {
        return random.nextBoolean() ? DOUBLES[random.nextInt(DOUBLES.length)] : random.nextGaussian();
    }

    private String text() {
        return TEXTS.get(random.nextInt(TEXTS.size()));
    }

    private Instant time() {
        return Instant.EPOCH.plus(random.nextLong() / 1_000, ChronoUnit.MICROS);
    }

    private <E extends Enum<E>> E any(Class<E> kind) {
        E[] values = kind.getEnumConstants();
        return values[random.nextInt(values.length)];
    }

    private Entry.Mark mark() {
        return new Entry.Mark(real(), real(), any(Tier.class));
    }

    private Entry entry() {
        Fact fact = new Fact(
                text(),
                text(),
                new PublicKey(Hex.encode(Sha256.of(text()))),
                any(FactKind.class),
                random.nextBoolean() ? null : any(FaultReason.class),
                number(),
                number(),
                random.nextBoolean() ? null : number(),
                time(),
                random.nextBoolean() ? null : any(Tier.class));
        EffectiveTier effective = random.nextBoolean()
                ? null
                : new EffectiveTier(any(Tier.class), random.nextBoolean(), random.nextBoolean() ? null : time());
        return new Entry(number(), number(), fact, real(), mark(), mark(), text(), time(), effective, "", "");
    }

    @Test
    void the_canonical_form_equals_the_output_of_the_json_writer() {
        CanonicalForm form = new CanonicalForm();
        for (int i = 0; i < 10_000; i++) {
            Entry entry = entry();

            assertThat(form.write(entry).toString()).isEqualTo(asJson(entry));
        }
    }

    @Test
    void a_lock_has_the_second_form() {
        Fact fact = Fact.lock("a", new PublicKey("ab".repeat(32)), Tier.NEW, Instant.ofEpochSecond(1));
        Entry.Mark elite = new Entry.Mark(35_000, 80, Tier.ELITE);
        EffectiveTier locked = new EffectiveTier(Tier.NEW, true, Instant.ofEpochSecond(3));

        assertThat(new Entry(2, 7, fact, 0, elite, elite, "50a9a8eaf5bf", Instant.ofEpochSecond(2), locked, "", "")
                        .canonical())
                .isEqualTo("[\"nostr-trust-ledger-2\",2,7,\"operator\",\"a\",\"" + "ab".repeat(32)
                        + "\",\"lock\",null,0,0,null,1000000,\"0000000000000000\",\"40e1170000000000\","
                        + "\"40e1170000000000\",\"4054000000000000\",\"4054000000000000\",\"elite\",\"elite\","
                        + "\"50a9a8eaf5bf\",2000000,\"new\",\"new\",true,3000000]");
    }

    @Test
    void an_entry_written_by_hand_has_the_expected_hash() {
        Fact fact = Fact.failure(
                "job", "a\"b", new PublicKey("ab".repeat(32)), FaultReason.ABUSE, 800, Instant.ofEpochSecond(1, 5_000));
        Entry entry = new Entry(
                2,
                7,
                fact,
                -4000,
                new Entry.Mark(0, 10, Tier.NEW),
                new Entry.Mark(-4000, 7.142857142857143, Tier.ANONYMOUS),
                "50a9a8eaf5bf",
                Instant.ofEpochSecond(2),
                null,
                "",
                "");

        assertThat(entry.canonical())
                .isEqualTo("[\"nostr-trust-ledger-1\",2,7,\"job\",\"a\\\"b\",\"" + "ab".repeat(32)
                        + "\",\"failure\",\"abuse\",800,0,null,1000005,\"c0af400000000000\",\"0000000000000000\","
                        + "\"c0af400000000000\",\"4024000000000000\",\"401c924924924925\",\"new\",\"anonymous\","
                        + "\"50a9a8eaf5bf\",2000000]");
        assertThat(new HashChain("11".repeat(32)).append(entry))
                .isEqualTo("0da200b65798cc2ac297a17603f592f42211070dea4f35adb63f8e418d859d43");
    }
}
