-- The journal: append-only records with entries, steps and observations, and the folds kept beside them.
-- Masses are whole grams (bigint). Nothing here is ever updated or deleted except the folds, which can be
-- made again from the records (journal.rebuild). Applied by migration 0001; see docs/journal.md.

CREATE SCHEMA journal;

CREATE TYPE journal.role AS ENUM (
    'origin', 'storage', 'transit', 'process', 'product', 'sink', 'loss', 'adjustment', 'unexplained',
    'opening', 'outside');
CREATE TYPE journal.basis AS ENUM ('measured', 'manifested', 'declared', 'estimated', 'reconciled');

-- What the catalogue and the registry know, mirrored so that the rules below can stand in the database.
CREATE TABLE journal.stream (
    n         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id        text NOT NULL UNIQUE,
    hazardous boolean NOT NULL);
CREATE TABLE journal.place (
    id text PRIMARY KEY);
CREATE TABLE journal.metric (
    id   text PRIMARY KEY,
    unit text);
CREATE TABLE journal.setting (
    name  text PRIMARY KEY,
    value text NOT NULL,
    CHECK (name <> 'future_minutes' OR value::int BETWEEN 0 AND 1440));  -- readers of the past rely on the day
INSERT INTO journal.setting VALUES ('floor', 'record'), ('future_minutes', '5');

-- A place in a role: `role:place`, or `role:place/detail`; made when first named. Flows are folded by node:
-- an account is its own node, but all manifests on the road share one, or the cube would grow with every load.
CREATE TABLE journal.account (
    n      int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key    text NOT NULL UNIQUE,
    role   journal.role NOT NULL,
    place  text NOT NULL,
    node_n int);
INSERT INTO journal.account (key, role, place) VALUES ('transit:all', 'transit', 'all');

-- One row per append: the instant at which its records became known.
CREATE TABLE journal.receipt (
    n        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    known_at timestamptz NOT NULL,
    records  int NOT NULL,
    entries  int NOT NULL);

CREATE TABLE journal.record (
    seq         bigint PRIMARY KEY,             -- receipt.n << 20 | place in that append
    id          uuid NOT NULL UNIQUE,           -- UUIDv7; doubles as the idempotency key
    happened_at timestamptz NOT NULL,
    known_at    timestamptz NOT NULL,
    period      text NOT NULL,                  -- reporting period: 2025, 2025H1, 2025Q1, 2025-03, 2025-03-31
    basis       journal.basis NOT NULL,
    sd_ppm      int,                            -- relative standard deviation of the masses, millionths
    actor       text NOT NULL,
    acting_for  text NOT NULL,
    rule        text NOT NULL,                  -- source id and clause: `hj_1259_2022 6.2`
    reverses    uuid,
    replaces    uuid,
    evidence    text,                           -- canonical JSON array of {kind, name, sha256}
    note        text,
    leaf        bytea NOT NULL);                -- SHA-256 of 0x00 and the canonical form
CREATE UNIQUE INDEX record_reverses ON journal.record (reverses) WHERE reverses IS NOT NULL;
CREATE INDEX record_happened ON journal.record USING brin (happened_at);

CREATE TABLE journal.entry (
    seq         bigint NOT NULL,
    ordinal     smallint NOT NULL,
    happened_at timestamptz NOT NULL,
    from_n      int NOT NULL,
    to_n        int NOT NULL,
    stream_n    int NOT NULL,
    to_stream_n int NOT NULL,                   -- differs from stream_n only at a process or an adjustment
    mass_g      bigint NOT NULL,
    from_lot    uuid,
    to_lot      uuid,
    CHECK (mass_g > 0),
    CHECK (from_n <> to_n));
-- Not unique and without the ordinal, which the append numbers itself: that would cost more.
CREATE INDEX entry_seq ON journal.entry (seq);
CREATE INDEX entry_from ON journal.entry (from_n, happened_at, seq);
CREATE INDEX entry_to ON journal.entry (to_n, happened_at, seq);
CREATE INDEX entry_from_lot ON journal.entry (from_lot) WHERE from_lot IS NOT NULL;
CREATE INDEX entry_to_lot ON journal.entry (to_lot) WHERE to_lot IS NOT NULL;

CREATE TABLE journal.step (
    seq        bigint NOT NULL,
    ordinal    smallint NOT NULL,
    case_id    text NOT NULL,
    no         int NOT NULL,                    -- 1, 2, 3 … within the case; one signature each
    workflow   text NOT NULL,
    transition text NOT NULL,
    state      text NOT NULL,                   -- the state reached
    holder     text,                            -- who must act next
    due_at     timestamptz,
    data       text,                            -- canonical JSON object
    PRIMARY KEY (case_id, no));
CREATE INDEX step_seq ON journal.step (seq);

CREATE TABLE journal.observation (
    seq     bigint NOT NULL,
    ordinal smallint NOT NULL,
    metric  text NOT NULL,
    place   text NOT NULL,
    stream  text,
    period  text NOT NULL,
    value   numeric NOT NULL,
    unit    text NOT NULL,
    sd      numeric,                            -- one standard deviation, in unit
    PRIMARY KEY (seq, ordinal));
CREATE INDEX observation_key ON journal.observation (metric, place, period, seq);

-- Periods that are closed: derived from the steps of the case `period:<period>`, see append.sql.
CREATE TABLE journal.closed_period (
    period    text PRIMARY KEY,
    first_day date NOT NULL,
    last_day  date NOT NULL);

-- Appends not yet under a signed tree head; the sealing job empties it.
CREATE TABLE journal.unsealed (
    receipt_n bigint PRIMARY KEY);
CREATE TABLE journal.leaf (
    position bigint PRIMARY KEY,
    seq      bigint NOT NULL UNIQUE);
CREATE TABLE journal.tree_head (
    size      bigint PRIMARY KEY,
    algorithm text NOT NULL,
    root      bytea NOT NULL,
    sealed_at timestamptz NOT NULL,
    key_id    text NOT NULL,
    signature bytea NOT NULL);

-- Folds: Book. An account is folded once: a manifest in transit to its balance, any other account to its monthly
-- turnover, whose sum is its balance (journal.book shows both). Room on the pages keeps their updates in place.
CREATE TABLE journal.transit (
    account_n int NOT NULL,
    stream_n  int NOT NULL,
    mass_g    bigint NOT NULL,
    PRIMARY KEY (account_n, stream_n)) WITH (fillfactor = 60);
CREATE INDEX transit_open ON journal.transit (account_n) WHERE mass_g <> 0;
CREATE TABLE journal.turnover (
    account_n int NOT NULL,
    stream_n  int NOT NULL,
    month     date NOT NULL,                    -- of the happened time, UTC+8
    in_g      bigint NOT NULL,
    out_g     bigint NOT NULL,
    lines     bigint NOT NULL,
    PRIMARY KEY (account_n, stream_n, month)) WITH (fillfactor = 60);
CREATE VIEW journal.book AS
    SELECT account_n, stream_n, mass_g FROM journal.transit
    UNION ALL
    SELECT account_n, stream_n, sum(in_g - out_g)::bigint FROM journal.turnover GROUP BY account_n, stream_n;
CREATE TABLE journal.cube (
    period      text NOT NULL,
    from_n      int NOT NULL,                   -- nodes
    to_n        int NOT NULL,
    stream_n    int NOT NULL,
    to_stream_n int NOT NULL,
    basis       journal.basis NOT NULL,
    mass_g      bigint NOT NULL,                -- reversals count negative
    entries     bigint NOT NULL,
    variance_g2 numeric NOT NULL,               -- sum of (mass × sd)², g²
    PRIMARY KEY (period, from_n, to_n, stream_n, to_stream_n, basis)) WITH (fillfactor = 60);
-- Folds: Desk and Series
CREATE TABLE journal.desk (
    case_id    text PRIMARY KEY,
    workflow   text NOT NULL,
    no         int NOT NULL,
    state      text NOT NULL,
    holder     text,
    due_at     timestamptz,
    opened_at  timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    seq        bigint NOT NULL);
CREATE INDEX desk_holder ON journal.desk (holder, due_at);
CREATE TABLE journal.case_party (
    party   text NOT NULL,                      -- an organisation, a site, or whoever a step was taken for
    case_id text NOT NULL,
    PRIMARY KEY (party, case_id));
CREATE INDEX case_party_case ON journal.case_party (case_id);
CREATE TABLE journal.series (
    metric  text NOT NULL,
    place   text NOT NULL,
    stream  text NOT NULL,                      -- '' when the metric has no stream
    period  text NOT NULL,
    value   numeric NOT NULL,
    unit    text NOT NULL,
    sd      numeric,
    basis   journal.basis NOT NULL,
    seq     bigint NOT NULL,
    PRIMARY KEY (metric, place, stream, period));

-- Append-only, for everybody: even the owner meets the trigger.
CREATE FUNCTION journal.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'journal_append_only' USING
        DETAIL = format('%s on journal.%s', TG_OP, TG_TABLE_NAME),
        HINT = 'Append a reversal and a new record instead.', ERRCODE = 'WF001';
END $$;
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['receipt', 'record', 'entry', 'step', 'observation', 'leaf', 'tree_head', 'account']
    LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON journal.%I
            FOR EACH ROW EXECUTE FUNCTION journal.refuse_change()', name);
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON journal.%I
            FOR EACH STATEMENT EXECUTE FUNCTION journal.refuse_change()', name);
    END LOOP;
END $$;
