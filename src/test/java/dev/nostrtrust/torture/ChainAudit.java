package dev.nostrtrust.torture;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Places and hashes of the ledger's entries, told one after the other, by docs/ledger.md. */
final class ChainAudit {
    private static final int VERSION_DIGITS = 12;

    private final Findings findings;
    private final MessageDigest sha256 = sha256();
    private String last = "00".repeat(32);
    private long lastSeq;

    ChainAudit(Findings findings) {
        this.findings = findings;
    }

    void policies(Map<String, String> policies) {
        policies.forEach((version, canonical) -> {
            String is = HexFormat.of().formatHex(sha256.digest(canonical.getBytes(StandardCharsets.UTF_8)));
            if (!is.substring(0, VERSION_DIGITS).equals(version)) {
                findings.add(Invariant.CHAIN, "policy " + version + " has a text that hashes to " + is);
            }
        });
    }

    void next(LedgerEntry entry) {
        if (entry.seq() != lastSeq + 1) {
            findings.add(Invariant.I2, entry + " comes after seq " + lastSeq);
        }
        if (!entry.prevHash().equals(last)) {
            findings.add(Invariant.CHAIN, entry + " does not carry the hash of the entry before it");
        }
        sha256.update(HexFormat.of().parseHex(entry.prevHash()));
        String hash = HexFormat.of().formatHex(sha256.digest(canonical(entry).getBytes(StandardCharsets.UTF_8)));
        if (!entry.hash().equals(hash)) {
            findings.add(Invariant.CHAIN, entry + " hashes to " + hash);
        }
        lastSeq = entry.seq();
        last = entry.hash();
    }

    /** After the last entry. */
    void heads(List<LedgerRows.Head> heads) {
        if (heads.size() != 1) {
            findings.add(Invariant.I2, "there are " + heads.size() + " heads");
        }
        for (LedgerRows.Head head : heads) {
            if (head.seq() != lastSeq) {
                findings.add(Invariant.I2, "the head is at " + head.seq() + ", the last entry at " + lastSeq);
            }
            if (!head.hash().equals(last)) {
                findings.add(Invariant.CHAIN, "the head's hash is not that of the last entry");
            }
        }
    }

    private static String canonical(LedgerEntry e) {
        StringBuilder json = new StringBuilder("[\"nostr-trust-ledger-" + (e.standing() == null ? 1 : 2) + '"');
        json.append(',').append(e.seq()).append(',').append(e.id());
        string(json, e.source());
        string(json, e.sourceId());
        string(json, e.pubkey());
        string(json, e.kind());
        string(json, e.reason());
        json.append(',')
                .append(e.sats())
                .append(',')
                .append(e.satsAbsorbed())
                .append(',')
                .append(e.reverses());
        json.append(',').append(e.occurredAt());
        bits(json, e.delta());
        bits(json, e.before().balance());
        bits(json, e.after().balance());
        bits(json, e.before().score());
        bits(json, e.after().score());
        string(json, e.before().tier());
        string(json, e.after().tier());
        string(json, e.policyVersion());
        json.append(',').append(e.scoredAt());
        if (e.standing() != null) {
            string(json, e.lockedTier());
            string(json, e.standing().tier());
            json.append(',')
                    .append(e.standing().blocked())
                    .append(',')
                    .append(e.standing().until());
        }
        return json.append(']').toString();
    }

    private static void bits(StringBuilder json, double value) {
        string(json, HexFormat.of().toHexDigits(Double.doubleToRawLongBits(value)));
    }

    private static void string(StringBuilder json, String value) {
        json.append(',');
        if (value == null) {
            json.append("null");
            return;
        }
        json.append('"');
        value.chars().forEach(c -> escaped(json, (char) c));
        json.append('"');
    }

    private static void escaped(StringBuilder json, char c) {
        int named = "\"\\\b\f\n\r\t".indexOf(c);
        if (named >= 0) {
            json.append('\\').append("\"\\bfnrt".charAt(named));
        } else if (c < ' ') {
            json.append("\\u").append(HexFormat.of().toHexDigits((short) c));
        } else {
            json.append(c);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
