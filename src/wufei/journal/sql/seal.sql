-- What sealing adds to the journal: the public keys of those who sign, the hash of a leaf when the tree does not use
-- SHA-256, and every eighth level of the tree's complete subtrees, from which proofs are made in milliseconds.

-- Each row is signed by its own key; a successor is also signed by its predecessor, so that trust carries over.
CREATE TABLE journal.signing_key (
    key_id        text PRIMARY KEY,             -- SHA-256 of the public key, hex
    algorithm     text NOT NULL,                -- ed25519, sm2
    public_key    bytea NOT NULL,
    previous      text,
    registered_at timestamptz NOT NULL,
    signature     bytea NOT NULL,
    endorsement   bytea);
CREATE TABLE journal.tree_node (
    level int NOT NULL,
    index bigint NOT NULL,
    hash  bytea NOT NULL,
    PRIMARY KEY (level, index));
ALTER TABLE journal.leaf ADD COLUMN hash bytea;  -- null: the record's own leaf, SHA-256

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['signing_key', 'tree_node']
    LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON journal.%I
            FOR EACH ROW EXECUTE FUNCTION journal.refuse_change()', name);
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON journal.%I
            FOR EACH STATEMENT EXECUTE FUNCTION journal.refuse_change()', name);
    END LOOP;
END $$;
