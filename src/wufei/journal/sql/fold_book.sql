-- The Book: balances, monthly turnover and the cube, added up from one source. Made thrice by wufei.journal.schema: from the
-- inbox (small and large appends) and from the records (rebuild), so that the three cannot differ. A rebuild begins with
-- empty tables and leaves out what merges with rows that are there.

CREATE FUNCTION journal.{{name}}() RETURNS void LANGUAGE plpgsql SET search_path = journal, pg_temp {{options}} AS $$
BEGIN
    WITH resolved AS {{source}},
    moved AS MATERIALIZED (
        SELECT account_n, stream_n, month, sum(in_g)::bigint AS in_g, sum(out_g)::bigint AS out_g, count(*) AS lines
        FROM (SELECT CASE WHEN to_n = to_node THEN date_trunc('month', happened_at + interval '8 hours')::date END AS month,
                     to_n AS account_n, to_stream_n AS stream_n, mass_g AS in_g, 0::bigint AS out_g
              FROM resolved
              UNION ALL
              SELECT CASE WHEN from_n = from_node THEN date_trunc('month', happened_at + interval '8 hours')::date END,
                     from_n, stream_n, 0, mass_g
              FROM resolved) AS sides
        GROUP BY account_n, stream_n, month),
    on_the_road AS (
        INSERT INTO transit AS t SELECT account_n, stream_n, in_g - out_g FROM moved WHERE month IS NULL
        ORDER BY account_n, stream_n
        {{merge}} ON CONFLICT (account_n, stream_n) DO UPDATE SET mass_g = t.mass_g + excluded.mass_g {{merged}}),
    flows AS (
        INSERT INTO cube AS c
        SELECT period, from_n, to_n, stream_n, to_stream_n, basis, sum(sign * mass_g)::bigint, sum(sign),
               coalesce(sum(sign * sd_ppm::bigint * sd_ppm * (mass_g::numeric * mass_g)) FILTER (WHERE sd_ppm > 0), 0)
               * 0.000000000001   -- exact; `numeric ^ 2` would round
        FROM (SELECT period, basis, sd_ppm, mass_g, CASE WHEN reversal THEN -1 ELSE 1 END AS sign,
                     CASE WHEN reversal THEN to_node ELSE from_node END AS from_n,
                     CASE WHEN reversal THEN from_node ELSE to_node END AS to_n,
                     CASE WHEN reversal THEN to_stream_n ELSE stream_n END AS stream_n,
                     CASE WHEN reversal THEN stream_n ELSE to_stream_n END AS to_stream_n
              FROM resolved) AS signed
        GROUP BY period, from_n, to_n, stream_n, to_stream_n, basis
        ORDER BY period, from_n, to_n, stream_n, to_stream_n, basis
        {{merge}} ON CONFLICT (period, from_n, to_n, stream_n, to_stream_n, basis) DO UPDATE
        SET mass_g = c.mass_g + excluded.mass_g, entries = c.entries + excluded.entries,
            variance_g2 = c.variance_g2 + excluded.variance_g2 {{merged}})
    INSERT INTO turnover AS m SELECT account_n, stream_n, month, in_g, out_g, lines FROM moved WHERE month IS NOT NULL
    ORDER BY account_n, stream_n, month
    {{merge}} ON CONFLICT (account_n, stream_n, month) DO UPDATE
    SET in_g = m.in_g + excluded.in_g, out_g = m.out_g + excluded.out_g, lines = m.lines + excluded.lines {{merged}};
END $$;
