-- Outages are told to everybody who is signed in, whoever sees the case: what is down, since when, until when, and
-- whether it is a drill. Applied by wufei.registry.history after each migration.
CREATE OR REPLACE FUNCTION public.registry_outages(most int)
RETURNS TABLE (case_id text, state text, told text) LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT public.registry_signed_in() THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT d.case_id, d.state, (
            SELECT jsonb_object_agg(f.name, f.held ORDER BY s.no)::text FROM journal.step s,
            LATERAL jsonb_each_text(s.data::jsonb -> 'set') AS f (name, held)
            WHERE s.case_id = d.case_id AND f.name IN
                ('purpose', 'down', 'starts_at', 'expected_at', 'ended_at'))
        FROM journal.desk d WHERE d.workflow = 'outage' ORDER BY d.changed_at DESC, d.case_id DESC LIMIT most;
END $$;

-- Every page asks for the outages under way: few cases among millions.
CREATE INDEX IF NOT EXISTS desk_outages ON journal.desk (changed_at DESC, case_id DESC) WHERE workflow = 'outage';
