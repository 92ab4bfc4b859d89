-- The number of the next act noted about a subject. Whoever writes the audit log need not be allowed to read it; a second
-- writer about the same subject waits until the first one's transaction is over.
CREATE OR REPLACE FUNCTION journal.next_audit_no(wanted text) RETURNS int LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = journal, pg_temp AS $$
BEGIN
    IF NOT starts_with(wanted, 'audit:') THEN
        RAISE EXCEPTION 'not_an_audit_case' USING ERRCODE = 'WF010', DETAIL = wanted;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended(wanted, 0));
    RETURN coalesce((SELECT no FROM desk WHERE case_id = wanted), 0) + 1;
END $$;
