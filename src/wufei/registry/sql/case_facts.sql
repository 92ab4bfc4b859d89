-- What the checks of a case ask about those named in it, in one question: who they are, whether they are open, what
-- their permits allow, what lies at their sites, what they took in this year, planned and declared. A party may not read
-- the rows of the other parties, and the law obliges it to know these things of them (Order 23, articles 9 to 13), so the function looks
-- with the owner's rights and tells no more than this. Applied by wufei.registry.history after each migration.

CREATE OR REPLACE FUNCTION public.registry_case_facts(orgs text[], sites text[], vehicles text[], year text, day date)
RETURNS jsonb LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    hat   text[];
    nodes int[];
    own   int[];
BEGIN
    IF session_user <> current_user THEN     -- the pages: somebody must be signed in
        EXECUTE 'SELECT access.worn()' INTO hat;
        IF hat IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    nodes := ARRAY(SELECT n FROM journal.account WHERE place = ANY (sites) AND role IN ('storage', 'process', 'sink'));
    own := ARRAY(SELECT n FROM journal.account WHERE place = ANY (sites)
                 AND role IN ('origin', 'storage', 'process', 'sink', 'product', 'loss'));
    RETURN jsonb_build_object(
        'orgs', (SELECT jsonb_object_agg(o.id, jsonb_build_object(
                    'name', o.name_zh, 'closed_on', o.closed_on, 'into', o.merged_into_id))
                 FROM public.registry_organisation o WHERE o.id = ANY (orgs)),
        'sites', (SELECT jsonb_object_agg(s.id, jsonb_build_object(
                    'name', s.name_zh, 'org', s.org_id, 'place', s.place, 'closed_on', s.closed_on,
                    'capacity_g', (SELECT CASE WHEN bool_and(t.capacity_g IS NOT NULL) THEN sum(t.capacity_g) END
                                   FROM public.registry_storage t WHERE t.site_id = s.id
                                   AND (t.closed_on IS NULL OR t.closed_on > day))))
                  FROM public.registry_site s WHERE s.id = ANY (sites)),
        'vehicles', (SELECT jsonb_object_agg(v.id, jsonb_build_object(
                    'plate', v.plate, 'org', v.org_id, 'load_g', v.load_g, 'permit_no', v.transport_permit_no,
                    'permit_to', v.transport_permit_to, 'closed_on', v.closed_on))
                     FROM public.registry_vehicle v WHERE v.id = ANY (vehicles)),
        'permits', (SELECT jsonb_agg(jsonb_build_object(
                    'org', p.org_id, 'site', p.site_id, 'kind', p.kind, 'number', p.number,
                    'valid_from', p.valid_from, 'last_day', least(p.valid_to, p.revoked_on - 1),
                    'scopes', (SELECT jsonb_agg(jsonb_build_object('stream', c.stream, 'operations', c.operations,
                               'quota_g', c.quota_g_per_year) ORDER BY c.stream)
                               FROM public.registry_permitscope c WHERE c.permit_id = p.id)) ORDER BY p.kind, p.number)
                    FROM public.registry_permit p WHERE p.org_id = ANY (orgs)),
        'contracts', (SELECT jsonb_agg(jsonb_build_object('org', c.org_id, 'partner', c.partner_id, 'streams', c.streams,
                    'valid_from', c.valid_from, 'last_day', least(c.valid_to, c.ended_on)) ORDER BY c.id)
                      FROM public.registry_contract c WHERE c.org_id = ANY (orgs) AND c.partner_id = ANY (orgs)),
        'held', (SELECT jsonb_agg(jsonb_build_object('site', h.place, 'stream', h.id, 'g', h.g)) FROM (
                    SELECT a.place, s.id, sum(t.in_g - t.out_g)::bigint AS g FROM journal.account a
                    JOIN journal.turnover t ON t.account_n = a.n JOIN journal.stream s ON s.n = t.stream_n
                    WHERE a.place = ANY (sites) AND a.role = 'storage' GROUP BY a.place, s.id) AS h),
        'planned', (SELECT jsonb_agg(jsonb_build_object('site', r.place, 'stream', r.stream, 'g', r.value::bigint))
                    FROM journal.series r WHERE r.metric = 'planned_hazardous_transfer' AND r.place = ANY (sites)
                    AND r.period = year AND r.stream <> ''),
        'declared', (SELECT jsonb_agg(jsonb_build_object('site', r.site, 'period', r.period))
                     FROM public.registry_declared(sites) AS r),
        'taken', (SELECT jsonb_agg(jsonb_build_object('site', k.place, 'stream', k.id, 'g', k.g)) FROM (
                    SELECT a.place, s.id, sum(c.mass_g)::bigint AS g FROM journal.cube c
                    JOIN journal.account a ON a.n = c.to_n JOIN journal.stream s ON s.n = c.to_stream_n
                    WHERE c.to_n = ANY (nodes) AND c.from_n <> ALL (own) AND c.period >= year AND c.period < (year::int + 1)::text
                    GROUP BY a.place, s.id) AS k));
END $$;

-- The manifest's national number is kept in a step's data; another case that bears it is found by this index.
CREATE INDEX IF NOT EXISTS step_national_number ON journal.step
    ((substring(data from '"national_number":"(\d{14})"')))
    WHERE substring(data from '"national_number":"(\d{14})"') IS NOT NULL;
CREATE OR REPLACE FUNCTION public.registry_case_of_number(number text, this_case text) RETURNS text LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('national_number ' || number, 0));  -- two that come at once
    RETURN (SELECT min(s.case_id) FROM journal.step s
            WHERE substring(s.data from '"national_number":"(\d{14})"') = number AND s.case_id <> this_case);
END $$;

-- The periods of sites whose declaration was accepted, and was not opened again since to be corrected.
CREATE OR REPLACE FUNCTION public.registry_declared(sites text[]) RETURNS TABLE (site text, period text) LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.place, r.period FROM journal.series r
    WHERE r.metric = 'hazardous_waste_declared' AND r.place = ANY (sites) AND r.stream = ''
      AND NOT EXISTS (SELECT FROM journal.step x JOIN journal.desk d ON d.case_id = x.case_id
                      WHERE x.seq = r.seq AND d.state IN ('draft', 'submitted')) $$;
