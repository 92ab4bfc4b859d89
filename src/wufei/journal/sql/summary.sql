-- The cube once more by role instead of by account: what a whole city's figures are read from. It holds every receipt up to
-- summary_state.last_receipt; readers add the entries since (wufei.journal.cube), so it may lag and is never wrong. A job
-- moves it on; appends have no part in it, or all of them would wait for its few rows.
CREATE TABLE journal.summary (
    period      text NOT NULL,
    from_role   journal.role NOT NULL,
    to_role     journal.role NOT NULL,
    stream_n    int NOT NULL,
    to_stream_n int NOT NULL,
    basis       journal.basis NOT NULL,
    mass_g      bigint NOT NULL,                -- reversals count negative
    entries     bigint NOT NULL,
    variance_g2 numeric NOT NULL,
    PRIMARY KEY (period, from_role, to_role, stream_n, to_stream_n, basis)) WITH (fillfactor = 60);
CREATE TABLE journal.summary_state (
    one          boolean PRIMARY KEY DEFAULT true CHECK (one),
    last_receipt bigint NOT NULL);
INSERT INTO journal.summary_state (last_receipt) VALUES (0);

-- The last receipt before which none can still appear: see journal.enter.
CREATE FUNCTION journal.settled_receipt() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = journal, pg_temp AS $$
DECLARE
    at timestamptz := clock_timestamp();
BEGIN
    at := least(at, (SELECT min(began) - interval '1 microsecond' FROM under_way WHERE pid <> pg_backend_pid()));
    RETURN coalesce((
        SELECT max(n) FROM receipt, (SELECT max(known_at) AS at FROM receipt WHERE known_at <= at - interval '1 second') AS newest
        WHERE known_at BETWEEN newest.at - interval '1 second' AND newest.at), 0);
END $$;

-- Take in the receipts up to ``past`` (NULL: all that are settled); returns how many records came in.
CREATE FUNCTION journal.summarize(past bigint DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = journal, pg_temp AS $$
DECLARE
    done bigint;
    goal bigint := coalesce(past, journal.settled_receipt());
BEGIN
    SELECT last_receipt INTO done FROM summary_state FOR UPDATE;
    IF goal <= done THEN
        RETURN 0;
    END IF;
    INSERT INTO summary AS s
    SELECT period, CASE WHEN back THEN to_role ELSE from_role END, CASE WHEN back THEN from_role ELSE to_role END,
           CASE WHEN back THEN to_stream_n ELSE stream_n END, CASE WHEN back THEN stream_n ELSE to_stream_n END, basis,
           sum(sign * mass_g)::bigint, sum(sign),
           coalesce(sum(sign * (mass_g * sd) * (mass_g * sd)), 0)
    FROM (SELECT e.stream_n, e.to_stream_n, e.mass_g, r.period, r.basis, f.role AS from_role, t.role AS to_role,
                 CASE WHEN r.sd_ppm > 0 THEN r.sd_ppm * 0.000001 END AS sd,
                 r.reverses IS NOT NULL AS back, CASE WHEN r.reverses IS NULL THEN 1 ELSE -1 END AS sign
          FROM entry e JOIN record r USING (seq) JOIN account f ON f.n = e.from_n JOIN account t ON t.n = e.to_n
          WHERE e.seq >= (done + 1) << 20 AND e.seq < (goal + 1) << 20
            AND r.seq >= (done + 1) << 20 AND r.seq < (goal + 1) << 20) AS signed
    GROUP BY 1, 2, 3, 4, 5, 6
    ON CONFLICT (period, from_role, to_role, stream_n, to_stream_n, basis) DO UPDATE
    SET mass_g = s.mass_g + excluded.mass_g, entries = s.entries + excluded.entries,
        variance_g2 = s.variance_g2 + excluded.variance_g2;
    UPDATE summary_state SET last_receipt = goal;
    RETURN (SELECT coalesce(sum(records), 0) FROM receipt WHERE n > done AND n <= goal);
END $$;
