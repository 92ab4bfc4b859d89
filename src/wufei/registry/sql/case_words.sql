-- Cases by what stands in them. A step's words are the ids and numbers that it sets (organisations, sites, vehicles, waste
-- codes, national and paper numbers, words of a text) and the pairs of letters of what is written in Chinese, with a mark
-- before them. They are computed when the step is written and kept by the index alone; the audit log has none.

CREATE OR REPLACE FUNCTION public.registry_step_words(data text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
    WITH said AS (
        SELECT DISTINCT lower(left(v #>> '{}', 200)) AS word
        FROM (SELECT data AS said OFFSET 0) AS d  -- a value, or the cast would be made before the test
        CROSS JOIN jsonb_path_query(CASE WHEN said IS JSON THEN said::jsonb -> 'set' END, 'strict $.**') AS v
        WHERE jsonb_typeof(v) = 'string'),
    parts AS (SELECT DISTINCT w FROM said CROSS JOIN regexp_split_to_table(word, '[[:space:]，。、；：（）“”",;()]+') AS w)
    SELECT coalesce(array_agg(DISTINCT w), '{}') FROM (
        SELECT w FROM parts WHERE octet_length(w) = length(w) AND length(w) BETWEEN 2 AND 80
        UNION ALL SELECT '~' || substr(w, i, 2) FROM parts CROSS JOIN generate_series(1, length(w) - 1) AS i
        WHERE octet_length(w) > length(w)) AS every (w) $$;

CREATE INDEX IF NOT EXISTS step_words ON journal.step USING gin (public.registry_step_words(data))
    WHERE workflow <> 'audit';

-- The ids that words can mean: organisations, sites and vehicles by name, code or plate, closed ones as well.
CREATE OR REPLACE FUNCTION public.registry_meant(words text, most int) RETURNS text[] LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part text := '%' || replace(replace(replace(words, '\', '\\'), '%', '\%'), '_', '\_') || '%';
BEGIN
    IF NOT public.registry_signed_in() OR length(words) < 2 THEN
        RETURN '{}';
    END IF;
    RETURN ARRAY(SELECT o.id FROM public.registry_organisation o
                 WHERE o.name_zh ILIKE part OR o.name_en ILIKE part OR o.credit_code = upper(words) ORDER BY o.id LIMIT most)
        || ARRAY(SELECT s.id FROM public.registry_site s WHERE s.name_zh ILIKE part OR s.name_en ILIKE part ORDER BY s.id LIMIT most)
        || ARRAY(SELECT v.id FROM public.registry_vehicle v
                 WHERE length(words) >= 3 AND v.plate ILIKE replace(replace(part, ' ', ''), '·', '') ORDER BY v.id LIMIT most);
END $$;

-- Up to so many cases one of whose steps holds a word; of a common word a part by chance, which is more than asked for.
CREATE OR REPLACE FUNCTION public.registry_cases_with_word(word text, most int) RETURNS SETOF text LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET gin_fuzzy_search_limit = 10000 SET enable_seqscan = off AS $$
    SELECT x.case_id FROM journal.step x
    WHERE x.workflow <> 'audit' AND public.registry_step_words(x.data) @> ARRAY[word] LIMIT most $$;
-- The same of steps that hold all of some words; none that does is left out.
CREATE OR REPLACE FUNCTION public.registry_cases_with_all(words text[], most int) RETURNS SETOF text LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
    SELECT x.case_id FROM journal.step x
    WHERE x.workflow <> 'audit' AND public.registry_step_words(x.data) @> words LIMIT most $$;

-- Cases whose numbers begin so, or one of whose steps holds one of some words or all of others: all of them, or more than
-- ``most`` where there are more (at most 5000). For lists that then show of them what the hat may see: the rules of a table
-- hold before the conditions that an index could serve.
CREATE OR REPLACE FUNCTION public.registry_cases_with(starts text[], one_of text[], all_of text[], most int) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found text[];
    word  text;
BEGIN
    found := ARRAY(SELECT d.case_id FROM unnest(starts) AS s CROSS JOIN LATERAL (
        SELECT e.case_id FROM journal.desk e WHERE e.case_id >= s AND e.case_id < s || 'g' LIMIT most + 1) AS d);
    FOREACH word IN ARRAY one_of LOOP
        EXIT WHEN cardinality(found) > most;
        found := ARRAY(SELECT unnest(found) UNION SELECT * FROM public.registry_cases_with_word(word, 2 * most + 1));
    END LOOP;
    IF cardinality(all_of) = 1 AND cardinality(found) <= most THEN
        found := ARRAY(SELECT unnest(found) UNION SELECT * FROM public.registry_cases_with_word(all_of[1], 2 * most + 1));
    ELSIF cardinality(all_of) > 1 AND cardinality(found) <= most THEN
        found := ARRAY(SELECT unnest(found) UNION SELECT * FROM public.registry_cases_with_all(all_of, 2 * most + 1));
    END IF;
    RETURN found;
END $$;
