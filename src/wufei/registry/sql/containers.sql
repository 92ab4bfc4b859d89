-- What cases need to know of lots and containers beyond what their signer sees. Applied by wufei.registry.history after
-- each migration.

-- What stands on a case's own account, by stream and lot. Corrections of it are posted by the system, in records that
-- not every party of the case sees, and yet each must know what is on the road.
CREATE OR REPLACE FUNCTION public.registry_case_stock(account text)
RETURNS TABLE (stream text, lot uuid, g bigint) LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT public.registry_signed_in() OR account NOT LIKE 'transit:%' THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT s.id, m.lot, sum(m.g)::bigint FROM journal.account a, LATERAL (
            SELECT e.to_stream_n AS stream_n, e.to_lot AS lot, e.mass_g AS g FROM journal.entry e WHERE e.to_n = a.n
            UNION ALL SELECT e.stream_n, e.from_lot, -e.mass_g FROM journal.entry e WHERE e.from_n = a.n) AS m
        JOIN journal.stream s ON s.n = m.stream_n
        WHERE a.key = account GROUP BY 1, 2 HAVING sum(m.g) <> 0;
END $$;

-- Which of these cases there are: a container's number follows from its code, and a code is given once, whoever holds
-- the container now.
CREATE OR REPLACE FUNCTION public.registry_cases_known(cases text[]) RETURNS SETOF text LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT public.registry_signed_in() OR cardinality(cases) > 1000 THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT d.case_id FROM journal.desk d WHERE d.case_id = ANY (cases);
END $$;
