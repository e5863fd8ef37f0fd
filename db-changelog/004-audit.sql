--liquibase formatted sql

--changeset nostrtrust:audit
--comment Who did what to whom, written in the action's own transaction. One partition per month, so that an operator can archive old months:
--comment docs/operations.md. The default partition takes rows of months that have no partition: no row is ever refused.
CREATE TABLE audit_log (
    id      bigint      GENERATED ALWAYS AS IDENTITY,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor   text        NOT NULL,
    action  text        NOT NULL,
    subject text,
    detail  text,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE audit_log_default PARTITION OF audit_log DEFAULT;
CREATE TRIGGER audit_log_update BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER audit_log_truncate BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER audit_log_truncate BEFORE TRUNCATE ON audit_log_default FOR EACH STATEMENT EXECUTE FUNCTION append_only();
--rollback DROP TABLE audit_log;

--changeset nostrtrust:audit-partitions splitStatements:false
--comment Creates the partitions of the current month (UTC) and of a number of later months, up to 24, where they are missing. Returns how many
--comment it created. Runs with the rights of the owner of the table, because the role of the server may not create tables: so it has the
--comment schema of the table as a fixed search_path, and any role may call it.
SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);
CREATE FUNCTION create_audit_partitions(months int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    month timestamp;
    name text;
    created int := 0;
BEGIN
    -- One caller at a time. The next one sees the partitions of this one.
    PERFORM pg_advisory_xact_lock(7238914450313);
    FOR n IN 0 .. least(months, 24) LOOP
        month := date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => n);
        name := 'audit_log_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass(name) IS NOT NULL;
        BEGIN
            -- Writers go on: ATTACH locks only the new table and the default partition, CREATE TABLE PARTITION OF the whole log.
            EXECUTE format('CREATE TABLE %I (LIKE audit_log INCLUDING DEFAULTS INCLUDING INDEXES)', name);
            EXECUTE format('CREATE TRIGGER audit_log_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION append_only()',
                           name);
            EXECUTE format('ALTER TABLE audit_log ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                           name, month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
            created := created + 1;
        EXCEPTION WHEN check_violation THEN
            -- The default partition has rows of this month. Rows are never moved, because the log is append-only: the rest of the month goes
            -- there as well, and the next month gets its own partition. The default partition can be archived as any other.
        END;
    END LOOP;
    RETURN created;
END $$;
SELECT create_audit_partitions(3);
--rollback DROP FUNCTION create_audit_partitions;
