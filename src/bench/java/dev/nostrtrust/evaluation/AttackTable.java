package dev.nostrtrust.evaluation;

import dev.nostrtrust.evaluation.Market.Credit;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import java.io.PrintStream;
import java.util.Locale;

/** What each strategy costs a service: a line a strategy, a column a policy. */
final class AttackTable {
    private AttackTable() {}

    /** The market after a strategy. */
    static Market after(Strategy strategy, TrustModel model, Credit credit) {
        Market market = new Market(model, credit);
        strategy.run(market);
        return market;
    }

    static void print(PrintStream out) {
        TrustModel balance = new TrustModel(TrustPolicy.defaults());
        TrustModel linear = TrustEvaluation.linear();
        out.println("| strategy | linear, uncapped | balance, uncapped | balance, capped | orders on credit refused |");
        out.println("|---|---|---|---|---|");
        for (Strategy strategy : Strategy.values()) {
            Market capped = after(strategy, balance, Credit.CAPPED);
            out.printf(
                    Locale.ROOT,
                    "| %s | %.2f | %.2f | %.2f | %.0f %% |%n",
                    strategy.description(),
                    after(strategy, linear, Credit.UNCAPPED).lostPerSatKept(),
                    after(strategy, balance, Credit.UNCAPPED).lostPerSatKept(),
                    capped.lostPerSatKept(),
                    100 * capped.refusedShare());
        }
    }
}
