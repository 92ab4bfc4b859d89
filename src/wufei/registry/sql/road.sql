-- What the check on the road asks: the manifests that a plate, a national number or a case names, wherever their places
-- lie, and of each no more than the check needs: parties by id, wastes, the legs' carriers and vehicles, state and
-- deadline. Told to whoever checks loads (access rule road_checks), to whoever reads the whole journal, and to the
-- parties of the case itself; to everybody else nothing. Applied by wufei.registry.history after each migration.

CREATE OR REPLACE FUNCTION public.registry_road_loads(asked_plate text, asked_number text, asked_case text, most int)
RETURNS TABLE (case_id text, workflow text, state text, no int, due_at timestamptz, told jsonb) LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    flow   CONSTANT text := 'hazardous_waste_transfer';
    moving CONSTANT text[] := ARRAY['loaded', 'in_transit', 'handing_over', 'stopped', 'returning', 'returning_part'];
    every  boolean := true;
    mine   text[] := '{}';
    hat    text[];
BEGIN
    IF session_user <> current_user OR current_setting('role') NOT IN ('none', session_user) THEN  -- the pages
        EXECUTE 'SELECT access.worn()' INTO hat;
        IF hat IS NULL OR hat[1] = '' THEN
            RETURN;
        END IF;
        EXECUTE 'SELECT access.sees_all(''road_checks'', ''read'') OR access.sees_all(''journal'', ''read''), access.parties()'
            INTO every, mine;
    END IF;
    RETURN QUERY
    WITH named AS (
        SELECT d.case_id FROM journal.desk d WHERE asked_case <> '' AND d.case_id = asked_case
        UNION SELECT s.case_id FROM journal.step s
            WHERE asked_number <> '' AND substring(s.data from '"national_number":"(\d{14})"') = asked_number
        UNION SELECT p.case_id FROM public.registry_vehicle v JOIN journal.case_party p ON p.party = v.org_id
            JOIN journal.desk d ON d.case_id = p.case_id AND d.state = ANY (moving)
            JOIN journal.step s ON s.case_id = p.case_id
            WHERE asked_plate <> '' AND v.plate = asked_plate
              AND s.data::jsonb -> 'set' -> 'legs' @> jsonb_build_array(jsonb_build_object('vehicle', v.id)))
    SELECT d.case_id, d.workflow, d.state, (SELECT max(s.no) FROM journal.step s WHERE s.case_id = d.case_id)::int, d.due_at,
        (SELECT jsonb_object_agg(f.key, CASE f.key
                    WHEN 'legs' THEN (SELECT jsonb_agg(jsonb_build_object('carrier_org', l -> 'carrier_org',
                        'vehicle', l -> 'vehicle', 'mode', l -> 'mode') ORDER BY o)
                        FROM jsonb_array_elements(f.value) WITH ORDINALITY AS x (l, o))
                    WHEN 'wastes' THEN (SELECT jsonb_agg(jsonb_build_object('stream', l -> 'stream',
                        'operation', l -> 'operation', 'opinion', l -> 'opinion') ORDER BY o)
                        FROM jsonb_array_elements(f.value) WITH ORDINALITY AS x (l, o))
                    ELSE f.value END)
         FROM (SELECT DISTINCT ON (e.key) e.key, e.value FROM journal.step s, jsonb_each(s.data::jsonb -> 'set') AS e
               WHERE s.case_id = d.case_id AND e.key = ANY (ARRAY['national_number', 'transport', 'reach', 'exemption',
                   'consignor_org', 'consignor_storage', 'consignee_org', 'consignee_site', 'leg', 'legs', 'wastes'])
               ORDER BY e.key, s.no DESC) AS f)
    FROM named n JOIN journal.desk d ON d.case_id = n.case_id
    WHERE d.workflow = flow AND (every OR EXISTS (
        SELECT FROM journal.case_party p WHERE p.case_id = d.case_id AND p.party = ANY (mine)))
    ORDER BY d.case_id LIMIT least(most, 20);
END $$;
