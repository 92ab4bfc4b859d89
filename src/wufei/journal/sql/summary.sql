-- The cube once more by role instead of by account, in blocks of receipts: what a whole city's figures are read from, now and
-- as known on any instant. Blocks are closed by the receipts alone, in their order, and never change; a job writes them,
-- appends have no part in it, or all of them would wait for its few rows. Readers add the entries since the last block
-- that they want, so it may lag and is never wrong (wufei.journal.summary).
CREATE TABLE journal.summary_block (
    n            int PRIMARY KEY,               -- 1, 2, 3 …
    last_receipt bigint NOT NULL UNIQUE);
-- Row n holds the sums of as many blocks up to n as the lowest bit of n says (a Fenwick tree): the first n blocks are
-- the sum of as many nodes as n has bits.
CREATE TABLE journal.summary (
    block       int NOT NULL,
    period      text NOT NULL,
    from_role   journal.role NOT NULL,
    to_role     journal.role NOT NULL,
    stream_n    int NOT NULL,
    to_stream_n int NOT NULL,
    basis       journal.basis NOT NULL,
    mass_g      bigint NOT NULL,                -- reversals count negative
    entries     bigint NOT NULL,
    variance_g2 numeric NOT NULL,
    PRIMARY KEY (block, period, stream_n, from_role, to_role, to_stream_n, basis));
INSERT INTO journal.setting VALUES ('summary_block_entries', '2048');

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

-- Write node ``block``, whose own receipts are those after ``done`` up to ``goal``.
CREATE FUNCTION journal.summarize_block(block int, done bigint, goal bigint) RETURNS void LANGUAGE plpgsql
SET search_path = journal, pg_temp SET work_mem = '64MB' AS $$
#variable_conflict use_variable
BEGIN
    INSERT INTO summary
    SELECT block, period, from_role, to_role, stream_n, to_stream_n, basis, sum(mass_g)::bigint, sum(entries)::bigint,
           sum(variance_g2)
    FROM (SELECT period, CASE WHEN back THEN to_role ELSE from_role END AS from_role,
                 CASE WHEN back THEN from_role ELSE to_role END AS to_role,
                 CASE WHEN back THEN to_stream_n ELSE stream_n END AS stream_n,
                 CASE WHEN back THEN stream_n ELSE to_stream_n END AS to_stream_n, basis,
                 sign * mass_g AS mass_g, sign AS entries, coalesce(sign * (mass_g * sd) * (mass_g * sd), 0) AS variance_g2
          FROM (SELECT e.stream_n, e.to_stream_n, e.mass_g, r.period, r.basis, f.role AS from_role, t.role AS to_role,
                       CASE WHEN r.sd_ppm > 0 THEN r.sd_ppm * 0.000001 END AS sd,
                       r.reverses IS NOT NULL AS back, CASE WHEN r.reverses IS NULL THEN 1 ELSE -1 END AS sign
                FROM entry e JOIN record r USING (seq) JOIN account f ON f.n = e.from_n JOIN account t ON t.n = e.to_n
                WHERE e.seq >= (done + 1) << 20 AND e.seq < (goal + 1) << 20
                  AND r.seq >= (done + 1) << 20 AND r.seq < (goal + 1) << 20) AS signed
          UNION ALL
          SELECT s.period, s.from_role, s.to_role, s.stream_n, s.to_stream_n, s.basis, s.mass_g, s.entries, s.variance_g2
          FROM summary s
          WHERE s.block = ANY (ARRAY(SELECT block - (1 << bit) FROM generate_series(0, 30) AS bit
                                     WHERE 1 << bit < (block & -block)))) AS parts
    GROUP BY 2, 3, 4, 5, 6, 7;
    INSERT INTO summary_block VALUES (block, goal);
END $$;

-- Close the blocks that the receipts up to ``past`` (NULL: all that are settled) fill; returns how many.
CREATE FUNCTION journal.summarize(past bigint DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = journal, pg_temp AS $$
DECLARE
    goal  bigint := coalesce(past, journal.settled_receipt());
    full_ bigint := (SELECT value::bigint FROM setting WHERE name = 'summary_block_entries');
    held  bigint := 0;
    done  bigint;
    first int;
    block int;
    each  record;
BEGIN
    LOCK TABLE summary_block IN SHARE ROW EXCLUSIVE MODE;     -- one at a time
    SELECT coalesce(max(n), 0), coalesce(max(last_receipt), 0) INTO first, done FROM summary_block;
    block := first;
    FOR each IN SELECT n, greatest(entries, records) AS size FROM receipt WHERE n > done AND n <= goal ORDER BY n LOOP
        held := held + each.size;
        IF held >= full_ THEN
            block := block + 1;
            PERFORM journal.summarize_block(block, done, each.n);
            done := each.n;
            held := 0;
        END IF;
    END LOOP;
    RETURN block - first;
END $$;
