-- Who somebody may name in a form: open organisations found by name, code or id, an organisation's sites and vehicles;
-- and the names behind ids that stand in forms. A consignor must be able to name its carrier and consignee without
-- seeing their rows, so these look with the owner's rights and tell names, nothing more, to whoever is signed in.
-- Applied by wufei.registry.history after each migration.

CREATE OR REPLACE FUNCTION public.registry_signed_in() RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    hat text[];
BEGIN
    IF session_user = current_user THEN
        RETURN true;
    END IF;
    EXECUTE 'SELECT access.worn()' INTO hat;
    RETURN hat IS NOT NULL AND hat[1] <> '';
END $$;

CREATE OR REPLACE FUNCTION public.registry_directory(kind text, words text, owners text[], most int)
RETURNS TABLE (id text, zh text, en text, more text) LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part text := '%' || replace(replace(replace(words, '\', '\\'), '%', '\%'), '_', '\_') || '%';
BEGIN
    IF NOT public.registry_signed_in() THEN
        RETURN;
    END IF;
    IF kind = 'org' AND length(words) >= 2 THEN
        RETURN QUERY SELECT o.id::text, o.name_zh::text, o.name_en::text, coalesce(o.credit_code, '')::text
            FROM public.registry_organisation o
            WHERE (o.name_zh ILIKE part OR o.name_en ILIKE part OR o.credit_code = words OR o.id = words)
              AND o.merged_into_id IS NULL AND (o.closed_on IS NULL OR o.closed_on > (now() AT TIME ZONE 'Asia/Shanghai')::date)
            ORDER BY o.name_zh, o.id LIMIT most;
    ELSIF kind = 'site' THEN
        RETURN QUERY SELECT s.id::text, s.name_zh::text, s.name_en::text, o.name_zh::text
            FROM public.registry_site s JOIN public.registry_organisation o ON o.id = s.org_id
            WHERE (s.org_id = ANY (owners) OR length(words) >= 2)
              AND (s.name_zh ILIKE part OR s.name_en ILIKE part OR o.name_zh ILIKE part OR s.id = words)
              AND (s.closed_on IS NULL OR s.closed_on > (now() AT TIME ZONE 'Asia/Shanghai')::date)
            ORDER BY s.org_id <> ALL (owners), s.name_zh, s.id LIMIT most;
    ELSIF kind = 'vehicle' THEN
        RETURN QUERY SELECT v.id::text, v.plate::text, ''::text, o.name_zh::text
            FROM public.registry_vehicle v JOIN public.registry_organisation o ON o.id = v.org_id
            WHERE v.org_id = ANY (owners) AND (v.plate ILIKE part OR v.id = words) AND v.closed_on IS NULL
            ORDER BY v.plate, v.id LIMIT most;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION public.registry_names(ids text[]) RETURNS TABLE (id text, zh text, en text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF public.registry_signed_in() THEN
        RETURN QUERY SELECT o.id::text, o.name_zh::text, o.name_en::text FROM public.registry_organisation o
            WHERE o.id = ANY (ids)
            UNION ALL SELECT s.id, s.name_zh, s.name_en FROM public.registry_site s WHERE s.id = ANY (ids)
            UNION ALL SELECT v.id, v.plate, '' FROM public.registry_vehicle v WHERE v.id = ANY (ids)
            UNION ALL SELECT t.id, t.name_zh, '' FROM public.registry_storage t WHERE t.id = ANY (ids)
            UNION ALL SELECT f.id, f.name_zh, '' FROM public.registry_facility f WHERE f.id = ANY (ids)
            UNION ALL SELECT p.id, p.number, '' FROM public.registry_permit p WHERE p.id = ANY (ids);
    END IF;
END $$;

-- Every id under which an organisation has acted: its own, and those of all that were merged into it.
CREATE OR REPLACE FUNCTION public.registry_known_as(org text) RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE same (id) AS (
        SELECT org UNION SELECT o.id FROM public.registry_organisation o JOIN same ON o.merged_into_id = same.id)
    SELECT id FROM same $$;
