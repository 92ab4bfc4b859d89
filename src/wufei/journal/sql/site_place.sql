-- A site of the registry is a place of the journal from its first moment: accounts are named after it.
CREATE OR REPLACE FUNCTION journal.add_site_places() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO journal.place SELECT id FROM new_sites ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION journal.add_site_places() FROM PUBLIC;
CREATE OR REPLACE TRIGGER site_is_a_place AFTER INSERT ON public.registry_site REFERENCING NEW TABLE AS new_sites
    FOR EACH STATEMENT EXECUTE FUNCTION journal.add_site_places();
INSERT INTO journal.place SELECT id FROM public.registry_site ON CONFLICT DO NOTHING;
