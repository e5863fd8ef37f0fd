package dev.nostrtrust.evaluation;

import dev.nostrtrust.trust.model.Tier;
import java.time.Duration;
import java.util.Random;

/** The ways in which customers deal with a market, honest or not. Each is bounded in time and deterministic. */
enum Strategy {
    HONEST("honest; one order in fifty is not paid") {
        @Override
        void run(Market market) {
            Random random = new Random(1);
            for (int order = 0; order < 2000; order++) {
                String customer = "customer-" + random.nextInt(50);
                long sats = Math.max(1, Math.round(300 * Math.exp(random.nextGaussian())));
                if (!market.order(customer, sats)) {
                    market.buyPrepaid(customer, sats);
                } else if (random.nextInt(50) == 0) {
                    market.abandon(customer);
                } else {
                    market.pay(customer);
                }
                market.pass(Duration.ofHours(1));
            }
        }
    },
    MILKER("on-off: pays until trusted, then takes what it gets, again and again") {
        @Override
        void run(Market market) {
            for (int round = 0; round < 50; round++) {
                payUntil(market, "milker", Tier.TRUSTED, 500);
                takeAll(market, "milker", 100);
                market.pass(Duration.ofDays(30));
            }
        }
    },
    WHITEWASHER("pays until established, takes what it gets, comes back with a new key") {
        @Override
        void run(Market market) {
            for (int key = 0; key < 200; key++) {
                payUntil(market, "key-" + key, Tier.ESTABLISHED, 500);
                takeAll(market, "key-" + key, 100);
            }
        }
    },
    FARM("a farm of 1,000 keys, each with payments of one sat, then one large order") {
        @Override
        void run(Market market) {
            for (int key = 0; key < 1000; key++) {
                String name = "key-" + key;
                // Enough for a tier where payments are counted and not their sats.
                for (int payment = 0; payment < 60; payment++) {
                    market.buyPrepaid(name, 1);
                }
                take(market, name, LARGEST_ORDER);
            }
        }
    },
    COLLUDING_WORKER("a worker that gives 90 % back to its customer; the ledger counts the fee that is kept") {
        @Override
        void run(Market market) {
            for (int key = 0; key < 100; key++) {
                for (int payment = 0; payment < 200; payment++) {
                    market.buyPrepaid("key-" + key, 100 / 10);
                }
                takeAll(market, "key-" + key, 100);
            }
        }
    },
    PARALLEL_SESSIONS("pays until trusted, then opens 100 sessions at once and pays for none") {
        @Override
        void run(Market market) {
            for (int key = 0; key < 20; key++) {
                payUntil(market, "key-" + key, Tier.TRUSTED, 500);
                for (int session = 0; session < 100; session++) {
                    long sats = market.available("key-" + key, LARGEST_ORDER);
                    if (sats > 0) {
                        market.order("key-" + key, sats);
                    }
                }
                market.abandon("key-" + key);
            }
        }
    };

    /** The largest order that the market takes, in sats. */
    static final long LARGEST_ORDER = 10_000;

    private static final int MOST_PAYMENTS = 200;

    private final String description;

    Strategy(String description) {
        this.description = description;
    }

    String description() {
        return description;
    }

    abstract void run(Market market);

    /** Pays small orders until a tier is reached, or a number of payments did not help. */
    private static void payUntil(Market market, String identity, Tier tier, long sats) {
        for (int payment = 0; payment < MOST_PAYMENTS && market.tier(identity).compareTo(tier) < 0; payment++) {
            market.buyPrepaid(identity, sats);
        }
    }

    /** One order at a time, as large as possible, until no more is granted. */
    private static void takeAll(Market market, String identity, int most) {
        for (int order = 0; order < most && take(market, identity, LARGEST_ORDER); order++) {
            market.pass(Duration.ofMinutes(1));
        }
    }

    private static boolean take(Market market, String identity, long limit) {
        long sats = market.available(identity, limit);
        boolean granted = sats > 0 && market.order(identity, sats);
        market.abandon(identity);
        return granted;
    }
}
