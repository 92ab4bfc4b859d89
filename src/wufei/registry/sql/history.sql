-- The history of the registry: every insert, update and delete of its rows, with who did it. Applied by
-- wufei.registry.history after each migration; it may be applied again at any time.

-- Who acts: the hat in force when the session has one, else the database role. wufei.registry.access checks the hat and
-- replaces nothing here: it declares access.actor() and access.acting_for(), which are asked when they exist.
CREATE OR REPLACE FUNCTION public.registry_who(OUT actor text, OUT acting_for text) LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF to_regprocedure('access.actor()') IS NOT NULL THEN
        EXECUTE 'SELECT access.actor()' INTO actor;
    END IF;
    IF to_regprocedure('access.acting_for()') IS NOT NULL THEN
        EXECUTE 'SELECT access.acting_for()' INTO acting_for;
    END IF;
    actor := coalesce(nullif(actor, ''), 'role:' || session_user);
    acting_for := coalesce(nullif(acting_for, ''), '-');
END $$;

-- Arguments of the trigger: the primary key's column, the columns whose content is hidden (secrets and personal data:
-- that they changed is told, what they held is not), the columns that are no change worth telling.
CREATE OR REPLACE FUNCTION public.registry_write_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    hidden  text[] := string_to_array(TG_ARGV[1], ',');
    ignored text[] := string_to_array(TG_ARGV[2], ',');
    was     jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - ignored END;
    is_now  jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - ignored END;
    row_id  text := coalesce(is_now, was) ->> TG_ARGV[0];
    before  jsonb;
    after   jsonb;
    who     record;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF was = is_now THEN
            RETURN NULL;
        END IF;
        SELECT jsonb_object_agg(n.key, w.value), jsonb_object_agg(n.key, n.value) INTO before, after
        FROM jsonb_each(is_now) n JOIN jsonb_each(was) w USING (key) WHERE n.value <> w.value;
    ELSE
        before := jsonb_strip_nulls(was);
        after := jsonb_strip_nulls(is_now);
    END IF;
    IF cardinality(hidden) > 0 THEN
        SELECT before || coalesce(jsonb_object_agg(key, '"…"'::jsonb), '{}') INTO before
        FROM jsonb_each(before) WHERE key = ANY (hidden) AND value NOT IN ('null', '""');
        SELECT after || coalesce(jsonb_object_agg(key, '"…"'::jsonb), '{}') INTO after
        FROM jsonb_each(after) WHERE key = ANY (hidden) AND value NOT IN ('null', '""');
    END IF;
    SELECT * INTO who FROM public.registry_who();
    INSERT INTO public.registry_change (at, actor, acting_for, "table", "row", act, before, after)
    VALUES (clock_timestamp(), left(who.actor, 64), left(who.acting_for, 64), TG_TABLE_NAME, row_id, lower(TG_OP),
            before, after);
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION public.registry_write_change() FROM PUBLIC;

-- Append-only, for everybody: even the owner meets the trigger.
CREATE OR REPLACE FUNCTION public.registry_refuse_change() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'registry_history_append_only' USING
        DETAIL = format('%s on %s', TG_OP, TG_TABLE_NAME), ERRCODE = 'WF001';
END $$;
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON public.registry_change
    FOR EACH ROW EXECUTE FUNCTION public.registry_refuse_change();
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON public.registry_change
    FOR EACH STATEMENT EXECUTE FUNCTION public.registry_refuse_change();
