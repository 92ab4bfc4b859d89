-- Who has a part in a case: whoever its steps were taken for, who had to act next, and the organisations and sites that a
-- step lists in `data.parties`. Row-level security shows them the case and all its records (registry/sql/access.sql). The
-- audit log has no parties.

CREATE FUNCTION journal.parties(first bigint, past bigint) RETURNS TABLE (party text, case_id text) LANGUAGE sql STABLE
SET search_path = journal, pg_temp AS $$
    SELECT DISTINCT v.name, x.case_id
    FROM step x JOIN record r USING (seq)
    CROSS JOIN LATERAL (SELECT x.holder UNION ALL SELECT r.acting_for UNION ALL
        SELECT jsonb_array_elements_text(x.data::jsonb -> 'parties')
        WHERE jsonb_typeof(x.data::jsonb -> 'parties') = 'array') AS v (name)
    WHERE x.seq >= first AND x.seq < past AND x.workflow <> 'audit' AND v.name IS NOT NULL AND v.name <> '-' $$;

CREATE FUNCTION journal.fold_parties(base bigint) RETURNS void LANGUAGE plpgsql SET search_path = journal, pg_temp AS $$
DECLARE
    first bigint := coalesce(base, 0);
    past  bigint := coalesce(base + (1 << 20), 9223372036854775807);
BEGIN
    INSERT INTO case_party SELECT * FROM journal.parties(first, past) ORDER BY party, case_id ON CONFLICT DO NOTHING;
END $$;
