-- Small functions beside the append: the inbox, period arithmetic, and the folds.
-- Each fold takes the base sequence of one append, or NULL to fold everything (journal.rebuild).

CREATE FUNCTION journal.open_inbox() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = journal, pg_temp SET client_min_messages = warning AS $$
BEGIN
    CREATE TEMPORARY TABLE in_record (
        ordinal int NOT NULL CHECK (ordinal BETWEEN 0 AND 1048575), id uuid NOT NULL, happened_at timestamptz NOT NULL, period text NOT NULL,
        basis text NOT NULL, sd_ppm int, actor text, acting_for text, rule text, reverses uuid, replaces uuid,
        evidence text, note text);
    CREATE TEMPORARY TABLE in_entry (
        ordinal int NOT NULL, part smallint NOT NULL, from_key text NOT NULL, to_key text NOT NULL,
        stream text NOT NULL, to_stream text, mass_g bigint NOT NULL, from_lot uuid, to_lot uuid);
    CREATE TEMPORARY TABLE in_step (
        ordinal int NOT NULL, part smallint NOT NULL, case_id text NOT NULL, no int NOT NULL, workflow text NOT NULL,
        transition text NOT NULL, state text NOT NULL, holder text, due_at timestamptz, data text);
    CREATE TEMPORARY TABLE in_observation (
        ordinal int NOT NULL, part smallint NOT NULL, metric text NOT NULL, place text NOT NULL, stream text,
        value numeric NOT NULL, unit text NOT NULL, sd numeric);
    CREATE TEMPORARY TABLE in_key (
        key text NOT NULL, n int, node_n int, role role);
    CREATE TEMPORARY TABLE in_resolved (
        ordinal int, part smallint, happened_at timestamptz, period text, basis basis, sd_ppm int, reversal boolean,
        from_n int, to_n int, from_node int, to_node int, stream_n int, to_stream_n int, mass_g bigint,
        from_lot uuid, to_lot uuid, code text, detail text);
    CREATE TEMPORARY TABLE in_verdict (
        ordinal int NOT NULL, part smallint, code text, detail text);
    EXECUTE format('GRANT INSERT ON in_record, in_entry, in_step, in_observation TO %I', session_user);
END $$;

-- Empties the inbox. Deleting is quicker than truncating a handful of rows, but leaves them on disk until enough gather.
CREATE FUNCTION journal.clear_inbox() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = journal, pg_temp AS $$
BEGIN
    IF pg_relation_size('pg_temp.in_record') + pg_relation_size('pg_temp.in_resolved') > 400000 THEN
        TRUNCATE in_record, in_entry, in_step, in_observation, in_key, in_resolved, in_verdict;
    ELSE
        DELETE FROM in_record; DELETE FROM in_entry; DELETE FROM in_step; DELETE FROM in_observation;
        DELETE FROM in_key; DELETE FROM in_resolved; DELETE FROM in_verdict;
    END IF;
END $$;

CREATE FUNCTION journal.first_day(period text) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE length(period)
        WHEN 4 THEN make_date(left(period, 4)::int, 1, 1)
        WHEN 6 THEN make_date(left(period, 4)::int,
            (right(period, 1)::int - 1) * CASE substr(period, 5, 1) WHEN 'Q' THEN 3 ELSE 6 END + 1, 1)
        WHEN 7 THEN make_date(left(period, 4)::int, right(period, 2)::int, 1)
        ELSE period::date END
$$;
CREATE FUNCTION journal.last_day(period text) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE length(period) WHEN 10 THEN period::date ELSE (journal.first_day(period) + CASE length(period)
        WHEN 4 THEN interval '12 months'
        WHEN 6 THEN CASE substr(period, 5, 1) WHEN 'Q' THEN interval '3 months' ELSE interval '6 months' END
        ELSE interval '1 month' END)::date - 1 END
$$;

-- True when the inbox's entries of a record are the old record's with the accounts (and lots, streams) swapped.
CREATE FUNCTION journal.mirrors(old_seq bigint, new_ordinal int) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path = journal, pg_temp AS $$
BEGIN
    RETURN (WITH old AS (
        SELECT t.key AS from_key, f.key AS to_key, ts.id AS stream, s.id AS to_stream, e.mass_g,
               e.to_lot AS from_lot, e.from_lot AS to_lot, count(*) AS times
        FROM entry e JOIN account f ON f.n = e.from_n JOIN account t ON t.n = e.to_n
        JOIN stream s ON s.n = e.stream_n JOIN stream ts ON ts.n = e.to_stream_n
        WHERE e.seq = old_seq GROUP BY 1, 2, 3, 4, 5, 6, 7),
    new AS (
        SELECT from_key, to_key, stream, coalesce(to_stream, stream), mass_g, from_lot, to_lot, count(*)
        FROM in_entry WHERE ordinal = new_ordinal GROUP BY 1, 2, 3, 4, 5, 6, 7)
    SELECT NOT EXISTS ((TABLE old EXCEPT TABLE new) UNION ALL (TABLE new EXCEPT TABLE old)));
END $$;

CREATE FUNCTION journal.fold_desk(base bigint) RETURNS void LANGUAGE plpgsql SET search_path = journal, pg_temp AS $$
DECLARE
    first bigint := coalesce(base, 0);
    past  bigint := coalesce(base + (1 << 20), 9223372036854775807);
BEGIN
    INSERT INTO desk AS d (case_id, workflow, no, state, holder, due_at, opened_at, changed_at, seq)
    SELECT last.case_id, last.workflow, last.no, last.state, last.holder, last.due_at, opening.happened_at,
           r.happened_at, last.seq
    FROM (SELECT DISTINCT ON (case_id) * FROM step WHERE seq >= first AND seq < past ORDER BY case_id, no DESC) AS last
    JOIN record r ON r.seq = last.seq
    JOIN step one ON one.case_id = last.case_id AND one.no = 1
    JOIN record opening ON opening.seq = one.seq
    ORDER BY last.case_id
    ON CONFLICT (case_id) DO UPDATE SET no = excluded.no, state = excluded.state, holder = excluded.holder,
        due_at = excluded.due_at, changed_at = excluded.changed_at, seq = excluded.seq, workflow = excluded.workflow;
    DELETE FROM closed_period c USING desk d
    WHERE d.workflow = 'period_closing' AND d.state NOT IN ('closed', 'reopening_proposed') AND d.case_id = 'period:' || c.period
      AND d.seq >= first AND d.seq < past;
    INSERT INTO closed_period
    SELECT period, first_day(period), last_day(period)
    FROM (SELECT substr(case_id, 8) AS period FROM desk
          WHERE workflow = 'period_closing' AND state IN ('closed', 'reopening_proposed') AND seq >= first AND seq < past) AS closed
    ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION journal.fold_series(base bigint) RETURNS void LANGUAGE plpgsql SET search_path = journal, pg_temp AS $$
DECLARE
    first bigint := coalesce(base, 0);
    past  bigint := coalesce(base + (1 << 20), 9223372036854775807);
BEGIN
    CREATE TEMPORARY TABLE touched ON COMMIT DROP AS
    SELECT metric, place, coalesce(stream, '') AS stream, period FROM observation WHERE seq >= first AND seq < past
    UNION
    SELECT o.metric, o.place, coalesce(o.stream, ''), o.period
    FROM record r JOIN record old ON old.id = r.reverses JOIN observation o ON o.seq = old.seq
    WHERE r.seq >= first AND r.seq < past;
    DELETE FROM series s USING touched t
    WHERE (s.metric, s.place, s.stream, s.period) = (t.metric, t.place, t.stream, t.period);
    INSERT INTO series
    SELECT DISTINCT ON (t.metric, t.place, t.stream, t.period)
           t.metric, t.place, t.stream, t.period, o.value, o.unit, o.sd, r.basis, o.seq
    FROM touched t JOIN observation o ON o.metric = t.metric AND o.place = t.place AND o.period = t.period
         AND coalesce(o.stream, '') = t.stream
    JOIN record r ON r.seq = o.seq
    WHERE NOT EXISTS (SELECT FROM record back WHERE back.reverses = r.id)
    ORDER BY t.metric, t.place, t.stream, t.period, o.seq DESC, o.ordinal DESC;
    DROP TABLE touched;
END $$;

-- Make every fold again from the records alone.
CREATE FUNCTION journal.rebuild() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = journal, pg_temp
SET timezone = 'UTC' AS $$
BEGIN
    PERFORM journal.enter(true);   -- no append in between
    TRUNCATE transit, turnover, cube, summary, summary_block, desk, series, closed_period, case_party;
    PERFORM journal.fold_book_again();
    PERFORM journal.fold_desk(NULL);
    PERFORM journal.fold_series(NULL);
    PERFORM journal.fold_parties(NULL);
    PERFORM journal.summarize((SELECT max(n) FROM receipt));
END $$;
