-- Who sees and changes what, in the database: the second of two layers, made at every start from the same rules
-- (data/national/access) as the first (wufei.registry.access.filters). Applied by wufei.registry.access.database as the
-- owner of the tables, whom nothing here binds; may be applied again at any time.

CREATE SCHEMA IF NOT EXISTS access;
GRANT USAGE ON SCHEMA access TO PUBLIC;

-- The pads of HMAC-SHA-256 for the key that hats are signed with, the scopes of each role, the places within each
-- place, and who hands out which role. Nobody but the owner reads them.
CREATE TABLE IF NOT EXISTS access.key (
    one boolean PRIMARY KEY DEFAULT true CHECK (one), inner_pad bytea NOT NULL, outer_pad bytea NOT NULL);
CREATE TABLE IF NOT EXISTS access.scope (
    role text, rule text, verb text, scopes text[] NOT NULL, PRIMARY KEY (role, rule, verb));
CREATE TABLE IF NOT EXISTS access.place (
    id text PRIMARY KEY, below text[] NOT NULL);
CREATE TABLE IF NOT EXISTS access.role_grant (
    role text PRIMARY KEY, granted_by text[] NOT NULL);
REVOKE ALL ON ALL TABLES IN SCHEMA access FROM PUBLIC;

-- The hat in force: person, hat, role, org, site, place, actor, until; NULL unless `wufei.hat` is a text that the
-- application signed, for this very connection, and that has not run out.
CREATE OR REPLACE FUNCTION access.worn() RETURNS text[] LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    given text := current_setting('wufei.hat', true);
    parts text[] := string_to_array(given, '|');
    pads  access.key;
BEGIN
    IF cardinality(parts) IS DISTINCT FROM 9 THEN
        RETURN NULL;
    END IF;
    SELECT * INTO pads FROM access.key;
    IF encode(sha256(pads.outer_pad || sha256(pads.inner_pad || convert_to(
           pg_backend_pid() || '|' || left(given, length(given) - length(parts[9]) - 1), 'UTF8'))), 'hex')
       IS DISTINCT FROM parts[9] OR parts[8]::bigint < extract(epoch FROM clock_timestamp()) THEN
        RETURN NULL;
    END IF;
    RETURN parts[1:8];
END $$;

CREATE OR REPLACE FUNCTION access.actor() RETURNS text LANGUAGE sql STABLE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp AS $$ SELECT (access.worn())[7] $$;
CREATE OR REPLACE FUNCTION access.acting_for() RETURNS text LANGUAGE sql STABLE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp AS $$ SELECT coalesce(nullif((access.worn())[4], ''), '-') $$;

-- What follows answers for one rule and verb; policies ask each once per query, as (SELECT …).
CREATE OR REPLACE FUNCTION access.scopes_of(role text, rule text, verb text) RETURNS text[] LANGUAGE sql STABLE
PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT scopes FROM access.scope s WHERE s.role = $1 AND s.rule = $2 AND s.verb = $3 $$;
CREATE OR REPLACE FUNCTION access.has(rule text, verb text, scope text) RETURNS boolean LANGUAGE sql STABLE
PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(scope = ANY (access.scopes_of((access.worn())[3], rule, verb)), false) $$;
CREATE OR REPLACE FUNCTION access.sees_all(rule text, verb text) RETURNS boolean LANGUAGE sql STABLE
PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$ SELECT access.has(rule, verb, 'all') $$;
CREATE OR REPLACE FUNCTION access.below(place text) RETURNS text[] LANGUAGE sql STABLE PARALLEL RESTRICTED
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT p.below FROM access.place p WHERE p.id = $1), array_remove(ARRAY[nullif($1, '')], NULL)) $$;

CREATE OR REPLACE FUNCTION access.person_of(rule text, verb text) RETURNS bigint LANGUAGE sql STABLE
PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN access.has(rule, verb, 'own') THEN nullif((access.worn())[1], '')::bigint END $$;
CREATE OR REPLACE FUNCTION access.org_of(rule text, verb text) RETURNS text LANGUAGE sql STABLE
PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
    SELECT nullif(w[4], '') FROM (SELECT access.worn() AS w) AS hat, access.scopes_of(w[3], rule, verb) AS s
    WHERE 'org' = ANY (s) OR ('site' = ANY (s) AND w[5] = '') $$;
CREATE OR REPLACE FUNCTION access.places_of(rule text, verb text) RETURNS text[] LANGUAGE sql STABLE
PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
    SELECT access.below(w[6]) FROM (SELECT access.worn() AS w) AS hat, access.scopes_of(w[3], rule, verb) AS s
    WHERE 'place' = ANY (s) $$;
CREATE OR REPLACE FUNCTION access.sites_of(rule text, verb text) RETURNS text[] LANGUAGE plpgsql STABLE
PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    w      text[] := access.worn();
    s      text[] := access.scopes_of(w[3], rule, verb);
    places text[];
    found  text[] := '{}';
BEGIN
    IF w[4] <> '' AND ('org' = ANY (s) OR ('site' = ANY (s) AND w[5] = '')) THEN
        found := ARRAY(SELECT id FROM public.registry_site WHERE org_id = w[4]);
    END IF;
    IF w[5] <> '' AND 'site' = ANY (s) THEN
        found := found || w[5];
    END IF;
    IF w[6] <> '' AND 'place' = ANY (s) THEN
        places := access.below(w[6]);
        found := found || ARRAY(SELECT id::text FROM public.registry_site WHERE place = ANY (places));
    END IF;
    RETURN found;
END $$;
CREATE OR REPLACE FUNCTION access.orgs_in(rule text, verb text) RETURNS text[] LANGUAGE plpgsql STABLE
PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    places text[] := access.places_of(rule, verb);
BEGIN
    IF places IS NULL THEN
        RETURN '{}';
    END IF;
    RETURN ARRAY(SELECT id FROM public.registry_organisation WHERE place = ANY (places)
        UNION SELECT org_id FROM public.registry_site WHERE place = ANY (places));
END $$;
CREATE OR REPLACE FUNCTION access.people_of(rule text, verb text) RETURNS bigint[] LANGUAGE plpgsql STABLE
PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    orgs text[] := access.orgs_in(rule, verb) || access.org_of(rule, verb);
BEGIN
    RETURN ARRAY(SELECT person_id FROM public.registry_hat WHERE ended_at IS NULL AND org_id = ANY (orgs));
END $$;
-- The roles that the hat may hand out. While nobody is the security administrator, the system administrator may name one.
CREATE OR REPLACE FUNCTION access.grantable() RETURNS text[] LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mine text := (access.worn())[3];
BEGIN
    RETURN ARRAY(SELECT role FROM access.role_grant WHERE mine = ANY (granted_by) OR mine = 'door'
        UNION ALL SELECT 'security_admin' WHERE mine = 'system_admin' AND NOT EXISTS (
            SELECT FROM public.registry_hat h JOIN public.registry_person p ON p.id = h.person_id
            WHERE h.role = 'security_admin' AND h.ended_at IS NULL AND p.is_active AND NOT p.is_demo));
END $$;

-- The journal. Whether the hat reads any of it.
CREATE OR REPLACE FUNCTION access.reads_journal() RETURNS boolean LANGUAGE sql STABLE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(cardinality(access.scopes_of((access.worn())[3], 'journal', 'read')) > 0, false) $$;
-- Places whose accounts are the hat's: its sites, its organisation's own id (with those merged into it), or what lies in
-- its place.
CREATE OR REPLACE FUNCTION access.journal_places(verb text) RETURNS text[] LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    w      text[] := access.worn();
    s      text[] := (SELECT scopes FROM access.scope x WHERE x.role = w[3] AND x.rule = 'journal' AND x.verb = $1);
    places text[] := '{}';
    orgs   text[] := '{}';
    found  text[] := '{}';
    more   text[];
BEGIN
    IF 'place' = ANY (s) AND w[6] <> '' THEN
        places := coalesce((SELECT p.below FROM access.place p WHERE p.id = w[6]), ARRAY[w[6]]);
        found := ARRAY(SELECT id::text FROM public.registry_site WHERE place = ANY (places));
        orgs := ARRAY(SELECT id FROM public.registry_organisation WHERE place = ANY (places)
            UNION SELECT org_id FROM public.registry_site WHERE place = ANY (places));
    END IF;
    IF w[4] <> '' AND ('org' = ANY (s) OR ('site' = ANY (s) AND w[5] = '')) THEN
        orgs := orgs || w[4];
        found := found || ARRAY(SELECT id::text FROM public.registry_site WHERE org_id = w[4]);
    END IF;
    IF w[5] <> '' AND 'site' = ANY (s) THEN
        found := found || w[5];
    END IF;
    more := orgs;
    LOOP   -- what was merged into them, step by step
        more := ARRAY(SELECT org_id FROM public.registry_merge WHERE into_id = ANY (more) AND undone_at IS NULL
            AND org_id <> ALL (orgs));
        EXIT WHEN cardinality(more) = 0;
        orgs := orgs || more;
    END LOOP;
    RETURN found || places || orgs;
END $$;
CREATE OR REPLACE FUNCTION access.accounts() RETURNS int[] LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    places text[] := access.journal_places('read');
BEGIN
    RETURN ARRAY(SELECT n FROM journal.account WHERE place = ANY (places));
END $$;
-- Whom records may concern to be the hat's; for whoever sees what is published, whoever published it as well.
CREATE OR REPLACE FUNCTION access.mine() RETURNS text[] LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    places text[] := access.journal_places('read');
BEGIN
    RETURN CASE WHEN access.has('journal', 'read', 'published') THEN places || 'system:opening'::text ELSE places END;
END $$;
-- The day in the city, whatever the session's zone: what holds from today holds from its midnight.
CREATE OR REPLACE FUNCTION access.today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$ SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date $$;
-- The mandates in force that the hat's organisation or person was given: by whom, and for which of its sites.
CREATE OR REPLACE FUNCTION access.mandates() RETURNS TABLE (org text, site text, whole boolean) LANGUAGE plpgsql STABLE
PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    hat text[] := access.worn();
BEGIN
    RETURN QUERY SELECT m.org_id::text, s.id::text, named.n = 0
        FROM public.registry_mandate m
        CROSS JOIN LATERAL (SELECT count(*) AS n FROM public.registry_mandate_sites x WHERE x.mandate_id = m.id) AS named
        LEFT JOIN public.registry_site s ON s.org_id = m.org_id AND (named.n = 0 OR EXISTS (
            SELECT FROM public.registry_mandate_sites x WHERE x.mandate_id = m.id AND x.site_id = s.id))
        WHERE m.revoked_at IS NULL AND access.today() BETWEEN m.valid_from AND m.valid_to
          AND (m.to_org_id = nullif(hat[4], '') OR m.to_person_id = nullif(hat[1], '')::bigint);
END $$;
-- The sites at which one of those mandates allows one of the acts, and by which mandate.
CREATE OR REPLACE FUNCTION access.mandated_sites(wanted text[]) RETURNS TABLE (mandate bigint, org text, site text)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    hat text[] := access.worn();
BEGIN
    RETURN QUERY SELECT m.id, m.org_id::text, s.id::text
        FROM public.registry_mandate m
        JOIN public.registry_site s ON s.org_id = m.org_id
        WHERE m.revoked_at IS NULL AND access.today() BETWEEN m.valid_from AND m.valid_to AND m.acts && wanted::varchar[]
          AND (m.to_org_id = nullif(hat[4], '') OR m.to_person_id = nullif(hat[1], '')::bigint)
          AND (NOT EXISTS (SELECT FROM public.registry_mandate_sites x WHERE x.mandate_id = m.id)
               OR EXISTS (SELECT FROM public.registry_mandate_sites x WHERE x.mandate_id = m.id AND x.site_id = s.id));
END $$;
-- Whose cases are the hat's: its own, and those of whoever gave it a mandate, as far as the mandate reaches.
CREATE OR REPLACE FUNCTION access.parties() RETURNS text[] LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN access.mine() || ARRAY(SELECT DISTINCT CASE WHEN whole THEN org ELSE site END FROM access.mandates());
END $$;
-- The three together, for row-level security, which would otherwise find the places thrice.
CREATE OR REPLACE FUNCTION access.hat(OUT accounts int[], OUT names text[], OUT parties text[]) LANGUAGE plpgsql STABLE
PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    names := access.mine();
    accounts := ARRAY(SELECT n FROM journal.account WHERE place = ANY (names));
    parties := names || ARRAY(SELECT DISTINCT CASE WHEN whole THEN org ELSE site END FROM access.mandates());
END $$;
-- The records that concern the hat: what moves mass at its accounts or was observed at its places, what was said in its
-- name, and the cases in which it has a part. What the audit log says is never among them. The view looks with the
-- owner's eyes, since the tables' own conditions are made of it, and shows only what is the hat's.
CREATE OR REPLACE VIEW access.seen AS
    WITH hat AS MATERIALIZED (SELECT * FROM access.hat())
    SELECT e.seq FROM journal.entry e WHERE e.from_n = ANY ((SELECT accounts FROM hat)::int[])
    UNION ALL SELECT e.seq FROM journal.entry e WHERE e.to_n = ANY ((SELECT accounts FROM hat)::int[])
    UNION ALL SELECT o.seq FROM journal.observation o
        WHERE split_part(regexp_replace(o.place, '^[a-z]+:', ''), '/', 1) = ANY ((SELECT names FROM hat)::text[])
    UNION ALL SELECT r.seq FROM journal.record r WHERE r.acting_for = ANY ((SELECT names FROM hat)::text[])
        AND NOT EXISTS (SELECT FROM journal.step x WHERE x.seq = r.seq AND x.workflow = 'audit')
    UNION ALL SELECT x.seq FROM journal.step x JOIN journal.case_party p ON p.case_id = x.case_id
        WHERE p.party = ANY ((SELECT parties FROM hat)::text[]);
GRANT SELECT ON access.seen TO PUBLIC;
CREATE INDEX IF NOT EXISTS observation_place ON journal.observation (split_part(regexp_replace(place, '^[a-z]+:', ''), '/', 1));
-- What an append must satisfy when it is not the owner's own: asked once per append, of all its records together, when
-- its receipt is written; the inbox then holds just what is about to be appended.
CREATE OR REPLACE FUNCTION access.check_append() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    hat    text[];
    found  text[];
    orgs   text[];
    places text[];
    wrong  text;
    other  text;
    old    uuid;
BEGIN
    IF session_user = current_user THEN
        RETURN NEW;
    END IF;
    hat := access.worn();
    found := access.scopes_of(hat[3], 'journal', 'change');
    IF hat IS NULL THEN
        RAISE EXCEPTION 'append_without_hat' USING ERRCODE = 'WF010';
    END IF;
    -- The application's own log: one step a record and nothing else, said by whoever acts, at the door by anybody.
    IF NOT EXISTS (SELECT FROM in_step WHERE workflow <> 'audit') AND NOT EXISTS (SELECT FROM in_entry)
       AND NOT EXISTS (SELECT FROM in_observation)
       AND NOT EXISTS (SELECT FROM in_record r WHERE NOT EXISTS (SELECT FROM in_step x WHERE x.ordinal = r.ordinal))
       AND (hat[3] = 'door' OR NOT EXISTS (SELECT FROM in_record WHERE actor <> hat[7])) THEN
        RETURN NEW;
    END IF;
    IF cardinality(found) IS NULL OR found = ARRAY['none'] OR EXISTS (SELECT FROM in_step WHERE workflow = 'audit') THEN
        RAISE EXCEPTION 'append_not_of_role' USING ERRCODE = 'WF010', DETAIL = hat[3];
    END IF;
    orgs := ARRAY[coalesce(nullif(hat[4], ''), '-')] || ARRAY(SELECT DISTINCT org FROM access.mandates());
    SELECT actor || ' ' || acting_for INTO wrong FROM in_record
    WHERE actor <> hat[7] OR acting_for <> ALL (orgs) LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'append_for_another' USING ERRCODE = 'WF010', DETAIL = wrong;
    END IF;
    IF 'all' = ANY (found) THEN
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT FROM in_step WHERE workflow = 'period_closing') THEN
        RAISE EXCEPTION 'append_not_of_role' USING ERRCODE = 'WF010', DETAIL = 'period_closing';
    END IF;
    -- One at a time: in one query the planner might read the whole journal for a handful of records.
    FOR old IN SELECT DISTINCT coalesce(reverses, replaces) FROM in_record WHERE coalesce(reverses, replaces) IS NOT NULL LOOP
        IF NOT EXISTS (SELECT FROM journal.record o WHERE o.id = old AND o.acting_for = ANY (orgs)) THEN
            RAISE EXCEPTION 'append_for_another' USING ERRCODE = 'WF010', DETAIL = old::text;
        END IF;
    END LOOP;
    -- A step in a case that is there already: of whoever has a part in it.
    SELECT x.case_id INTO wrong FROM in_step x
    WHERE EXISTS (SELECT FROM journal.desk d WHERE d.case_id = x.case_id)
      AND NOT EXISTS (SELECT FROM journal.case_party p WHERE p.case_id = x.case_id AND p.party = ANY (access.parties() || orgs[1]))
    LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'append_elsewhere' USING ERRCODE = 'WF010', DETAIL = wrong;
    END IF;
    -- At the sites of others a step of a case may post by any of their mandates (which one covers it was looked at when
    -- it was taken); a record by itself only by one that leaves records to somebody.
    places := access.journal_places('change');
    IF EXISTS (SELECT FROM in_step) THEN
        places := places || ARRAY(SELECT site FROM access.mandates() WHERE site IS NOT NULL);
    ELSE
        places := places || ARRAY(SELECT site FROM access.mandated_sites(ARRAY['post_records', 'reverse_records', 'import_sheets']));
    END IF;
    FOR wrong, other IN
        SELECT DISTINCT k.key, k.other
        FROM (SELECT ordinal, from_key AS key, to_key AS other FROM in_entry UNION ALL
              SELECT ordinal, to_key, from_key FROM in_entry) AS k JOIN in_record r USING (ordinal)
        WHERE split_part(k.key, ':', 1) NOT IN ('transit', 'outside') AND r.reverses IS NULL
          AND split_part(split_part(k.key, ':', 2), '/', 1) <> ALL (places)
    LOOP   -- a load may go back to where it came from
        IF NOT starts_with(other, 'transit:') OR NOT EXISTS (
            SELECT FROM journal.entry e WHERE e.from_n = (SELECT n FROM journal.account WHERE key = wrong)
            AND e.to_n = (SELECT n FROM journal.account WHERE key = other)) THEN
            RAISE EXCEPTION 'append_elsewhere' USING ERRCODE = 'WF010', DETAIL = wrong;
        END IF;
    END LOOP;
    SELECT place INTO wrong FROM in_observation
    WHERE split_part(regexp_replace(place, '^[a-z]+:', ''), '/', 1) <> ALL (places) LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'append_elsewhere' USING ERRCODE = 'WF010', DETAIL = wrong;
    END IF;
    RETURN NEW;
END $$;
REVOKE EXECUTE ON FUNCTION access.check_append() FROM PUBLIC;
CREATE OR REPLACE TRIGGER append_of_hat BEFORE INSERT ON journal.receipt
    FOR EACH ROW EXECUTE FUNCTION access.check_append();
CREATE INDEX IF NOT EXISTS site_place ON public.registry_site (place);
CREATE INDEX IF NOT EXISTS record_acting_for ON journal.record (acting_for);
