-- Whoever may use the schema may append, and call nothing else. Runs last.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA journal FROM PUBLIC;
GRANT EXECUTE ON FUNCTION journal.open_inbox(), journal.append_few(boolean, boolean), journal.append_many(boolean, boolean),
    journal.first_day(text), journal.last_day(text) TO PUBLIC;
