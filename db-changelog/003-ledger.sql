--liquibase formatted sql

--changeset nostrtrust:policies
--comment Every policy that an entry was ever scored under, so that a replay can apply it again.
CREATE TABLE trust_policies (
    version       text        PRIMARY KEY,
    canonical     text        NOT NULL,
    first_used_at timestamptz NOT NULL DEFAULT now()
);
--rollback DROP TABLE trust_policies;

--changeset nostrtrust:ledger
--comment The facts. An entry is written once and scored once: from then on it has its place (seq) and never changes. A vacuum after a fixed
--comment number of scored entries keeps the index of unscored ones short.
CREATE TABLE trust_ledger (
    id             bigint           GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source         text             NOT NULL,
    source_id      text             NOT NULL,
    pubkey         text             NOT NULL REFERENCES nostr_identities,
    kind           text             NOT NULL CHECK (kind IN ('success', 'failure', 'reversal', 'adjustment')),
    reason         text,
    sats           bigint           NOT NULL DEFAULT 0,
    sats_absorbed  bigint           NOT NULL DEFAULT 0 CHECK (sats_absorbed >= 0),
    reverses       bigint           REFERENCES trust_ledger,
    occurred_at    timestamptz      NOT NULL,
    seq            bigint,
    delta          double precision,
    balance_before double precision,
    balance_after  double precision,
    score_before   double precision,
    score_after    double precision,
    tier_before    text,
    tier_after     text,
    policy_version text             REFERENCES trust_policies,
    scored_at      timestamptz,
    prev_hash      bytea,
    hash           bytea,
    UNIQUE (source, source_id),
    CHECK (kind <> 'failure' OR reason IS NOT NULL),
    CHECK ((kind = 'reversal') = (reverses IS NOT NULL)),
    CHECK (num_nulls(seq, delta, balance_before, balance_after, score_before, score_after, tier_before, tier_after,
                     policy_version, scored_at, prev_hash, hash) IN (0, 12))
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
      autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 20000);
CREATE INDEX trust_ledger_unscored ON trust_ledger (id) WHERE seq IS NULL;
CREATE UNIQUE INDEX trust_ledger_seq ON trust_ledger (seq) WHERE seq IS NOT NULL;
CREATE INDEX trust_ledger_pubkey ON trust_ledger (pubkey, seq);
CREATE UNIQUE INDEX trust_ledger_reverses ON trust_ledger (reverses) WHERE reverses IS NOT NULL;
--rollback DROP TABLE trust_ledger;

--changeset nostrtrust:head
--comment One row; its lock is what makes one writer at a time.
CREATE TABLE trust_head (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    seq    bigint  NOT NULL,
    hash   bytea   NOT NULL
);
INSERT INTO trust_head (seq, hash) VALUES (0, decode(repeat('00', 32), 'hex'));
--rollback DROP TABLE trust_head;

--changeset nostrtrust:ledger-append-only splitStatements:false
CREATE FUNCTION trust_ledger_scores_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.seq IS NULL AND NEW.seq IS NOT NULL
       AND (OLD.id, OLD.source, OLD.source_id, OLD.pubkey, OLD.kind, OLD.reason, OLD.sats, OLD.sats_absorbed, OLD.reverses,
            OLD.occurred_at)
           IS NOT DISTINCT FROM
           (NEW.id, NEW.source, NEW.source_id, NEW.pubkey, NEW.kind, NEW.reason, NEW.sats, NEW.sats_absorbed, NEW.reverses,
            NEW.occurred_at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'trust_ledger is append-only: an entry is scored once and never changes';
END $$;
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER trust_ledger_update BEFORE UPDATE ON trust_ledger FOR EACH ROW EXECUTE FUNCTION trust_ledger_scores_once();
CREATE TRIGGER trust_ledger_delete BEFORE DELETE ON trust_ledger FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER trust_ledger_truncate BEFORE TRUNCATE ON trust_ledger FOR EACH STATEMENT EXECUTE FUNCTION append_only();
--rollback DROP FUNCTION trust_ledger_scores_once CASCADE; DROP FUNCTION append_only CASCADE;
