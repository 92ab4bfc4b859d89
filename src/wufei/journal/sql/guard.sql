-- What stands at the door of an append.

-- The inbox is made by journal.open_inbox and belongs to the owner of the journal. A role that may make temporary
-- tables could put one of its own in that place, with a trigger or a view that would then run with the owner's rights.
CREATE FUNCTION journal.inbox_is_ours() RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (SELECT count(*) FROM pg_catalog.pg_class
        WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r'
          AND relowner = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user)
          AND relname IN ('in_record', 'in_entry', 'in_step', 'in_observation', 'in_key', 'in_resolved', 'in_verdict')) <> 7
    THEN
        RAISE EXCEPTION 'journal_inbox_not_ours' USING HINT = 'Call journal.open_inbox() first.', ERRCODE = 'WF003';
    END IF;
    RETURN true;
END $$;

-- Every append enters here and leaves with its transaction. Appends share the door; the closing or reopening of a period
-- and a rebuild have it to themselves, so that no append decides by a state that is about to change. The second lock
-- shows when the first append of the transaction began: readers of the past wait for it (wufei.journal.asknown), and since
-- known_at is taken after it and within a second of the receipt's number, an instant parts the receipts exactly.
CREATE FUNCTION journal.enter(alone boolean) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'journal_isolation' USING HINT = 'Append in a READ COMMITTED transaction.', ERRCODE = 'WF004';
    END IF;
    IF alone THEN
        PERFORM pg_advisory_xact_lock(-1, 0);
    ELSE
        PERFORM pg_advisory_xact_lock_shared(-1, 0);
    END IF;
    -- A hint alone could be forged; that the lock is there cannot.
    IF current_setting('journal.entered', true) = 'yes'
       AND EXISTS (SELECT FROM journal.under_way WHERE pid = pg_backend_pid()) THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock_shared(
        677::bigint << 52 | (extract(epoch FROM clock_timestamp()) * 1000000 - 1577836800000000)::bigint);
    PERFORM set_config('journal.entered', 'yes', true);
END $$;

-- Appends that have not ended yet, and when they began: by the second lock, whose key is 677 and the microseconds since 2020.
CREATE VIEW journal.under_way AS
    SELECT pid, timestamptz '2020-01-01 00:00:00+00'
        + (((classid::bigint << 32) | objid::bigint) & ((1::bigint << 52) - 1)) * interval '1 microsecond' AS began
    FROM pg_catalog.pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint >> 20 = 677
      AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database());
