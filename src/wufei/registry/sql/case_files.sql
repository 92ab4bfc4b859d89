-- Files that stand with a step: found by who brought them and by id or content, whosever they are. Whoever sees the case
-- sees what its parties brought to it; that somebody else's file is named in a case opens nothing, since it must have been
-- brought by the very person who took the step. Proofs of claims and withdrawn files are never among them.
CREATE OR REPLACE FUNCTION public.registry_files_of(persons bigint[], named text[])
RETURNS TABLE (person bigint, name text, id text, file_name text, media_type text, size_bytes bigint, sha256 text, org text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT public.registry_signed_in() THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT DISTINCT ON (w.person, w.name) w.person, w.name, a.id::text, a.name::text, a.media_type::text,
               a.size_bytes, a.sha256::text, a.org_id::text
        FROM unnest(persons, named) AS w (person, name)
        JOIN public.registry_attachment a ON a.uploaded_by_id = w.person AND (a.sha256 = w.name OR a.id = w.name)
        WHERE a.purpose = 'evidence' AND a.withdrawn_at IS NULL AND a.erased_at IS NULL
        ORDER BY w.person, w.name, a.uploaded_at;
END $$;
CREATE INDEX IF NOT EXISTS attachment_content ON public.registry_attachment (sha256);
