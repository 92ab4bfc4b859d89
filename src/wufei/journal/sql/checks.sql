-- What `wufei journal verify` asks of whole tables. Sent by the client, never stored: whoever can change a stored
-- function could make it blind. Each query gives one row for each finding: the name of the row, then the values that
-- the head of the check names. Read by wufei.journal.verify_references.

-- check: account_altered column expected found
WITH road AS MATERIALIZED (SELECT min(n) AS n FROM journal.account WHERE key = 'transit:all')
SELECT 'account ' || a.n, v.name, v.expected, v.found
FROM journal.account a CROSS JOIN road
CROSS JOIN LATERAL (VALUES
    ('role', split_part(a.key, ':', 1), a.role::text),
    ('place', split_part(split_part(a.key, ':', 2), '/', 1), a.place),
    ('node_n', CASE WHEN a.key LIKE 'transit:%' AND a.key <> 'transit:all' THEN road.n::text END, a.node_n::text)
    ) AS v (name, expected, found)
WHERE (split_part(a.key, ':', 1) <> a.role::text OR split_part(split_part(a.key, ':', 2), '/', 1) <> a.place
       OR a.node_n IS DISTINCT FROM CASE WHEN a.role = 'transit' AND a.n <> road.n THEN road.n END)
  AND v.expected IS DISTINCT FROM v.found
UNION ALL
SELECT 'account 1', 'key', 'transit:all', NULL
WHERE NOT EXISTS (SELECT FROM journal.account WHERE key = 'transit:all' AND n = 1);

-- check: reference_dangling what found
SELECT 'account ' || a.n, 'place', a.place FROM journal.account a LEFT JOIN journal.place p ON p.id = a.place
WHERE p.id IS NULL AND a.place <> 'unknown' AND a.role NOT IN ('transit', 'opening', 'outside', 'unexplained');

-- check: reference_dangling what found
SELECT 'observation ' || o.seq || '/' || o.ordinal, v.what, v.named
FROM journal.observation o
CROSS JOIN LATERAL (VALUES
    ('metric', o.metric, EXISTS (SELECT FROM journal.metric m WHERE m.id = o.metric)),
    ('stream', o.stream, o.stream IS NULL OR EXISTS (SELECT FROM journal.stream s WHERE s.id = o.stream)),
    ('place', o.place, EXISTS (SELECT FROM journal.place p
        WHERE p.id = split_part(regexp_replace(o.place, '^[a-z]+:', ''), '/', 1)))
    ) AS v (what, named, known)
WHERE NOT v.known;

-- check: reference_dangling what found
SELECT 'record ' || r.id || ' (seq ' || r.seq || ')', 'replaced record', r.replaces::text
FROM journal.record r LEFT JOIN journal.record o ON o.id = r.replaces
WHERE r.replaces IS NOT NULL AND o.id IS NULL;

-- check: step_misnumbered expected found
SELECT 'case ' || case_id, count(*)::text, string_agg(no::text, ' ' ORDER BY no) FROM journal.step
GROUP BY case_id HAVING min(no) <> 1 OR max(no) <> count(*);

-- check: queue_altered found reason_zh reason_en
SELECT 'unsealed ' || u.receipt_n, u.receipt_n::text, '不存在', 'does not exist'
FROM journal.unsealed u LEFT JOIN journal.receipt t ON t.n = u.receipt_n WHERE t.n IS NULL;

-- check: reversal_altered original reason_zh reason_en
SELECT 'record ' || r.id || ' (seq ' || r.seq || ')', r.reverses::text, v.zh, v.en
FROM journal.record r LEFT JOIN journal.record o ON o.id = r.reverses
CROSS JOIN LATERAL (VALUES
    (o.id IS NULL, '原记录不存在', 'the original does not exist'),
    (o.reverses IS NOT NULL, '原记录本身就是冲正', 'the original is a reversal itself'),
    (r.basis <> o.basis, '计量依据不同', 'the basis differs'),
    (o.id IS NOT NULL AND r.sd_ppm IS DISTINCT FROM o.sd_ppm, '不确定度不同', 'the uncertainty differs'),
    (EXISTS (SELECT FROM journal.observation x WHERE x.seq = r.seq), '冲正含观测值', 'it holds observations'),
    (EXISTS (SELECT FROM journal.step x WHERE x.seq = o.seq), '原记录含步骤', 'the original holds steps')
    ) AS v (wrong, zh, en)
WHERE r.reverses IS NOT NULL AND v.wrong;

-- check: reversal_altered original reason_zh reason_en
WITH pairs AS MATERIALIZED (
    SELECT r.id, r.seq, r.reverses, o.seq AS old_seq FROM journal.record r JOIN journal.record o ON o.id = r.reverses),
undone AS (
    SELECT p.seq, from_n, to_n, stream_n, to_stream_n, from_lot, to_lot, mass_g, count(*) AS times
    FROM pairs p JOIN journal.entry e ON e.seq = p.seq GROUP BY 1, 2, 3, 4, 5, 6, 7, 8),
done AS (
    SELECT p.seq, to_n, from_n, to_stream_n, stream_n, to_lot, from_lot, mass_g, count(*) AS times
    FROM pairs p JOIN journal.entry e ON e.seq = p.old_seq GROUP BY 1, 2, 3, 4, 5, 6, 7, 8),
apart AS ((TABLE undone EXCEPT TABLE done) UNION (TABLE done EXCEPT TABLE undone))
SELECT 'record ' || p.id || ' (seq ' || p.seq || ')', p.reverses::text, '分录不对称', 'the entries do not mirror'
FROM pairs p WHERE p.seq IN (SELECT seq FROM apart);

-- check: reversal_altered original reason_zh reason_en
SELECT 'record ' || string_agg(id::text, ' '), reverses::text, '不止一次冲正', 'it was reversed more than once'
FROM journal.record WHERE reverses IS NOT NULL GROUP BY reverses HAVING count(*) > 1;

-- check: fold_altered column expected found
WITH derived AS (
    SELECT last.case_id, last.workflow, last.no, last.state, last.holder, last.due_at,
           opening.happened_at AS opened_at, r.happened_at AS changed_at, last.seq
    FROM (SELECT DISTINCT ON (case_id) * FROM journal.step ORDER BY case_id, no DESC) AS last
    JOIN journal.record r ON r.seq = last.seq
    JOIN journal.step one ON one.case_id = last.case_id AND one.no = 1
    JOIN journal.record opening ON opening.seq = one.seq)
SELECT 'desk ' || coalesce(d.case_id, k.case_id), v.name, v.expected, v.found
FROM derived d FULL JOIN journal.desk k ON k.case_id = d.case_id
CROSS JOIN LATERAL (VALUES
    ('row', d.case_id, k.case_id), ('workflow', d.workflow, k.workflow), ('no', d.no::text, k.no::text),
    ('state', d.state, k.state), ('holder', d.holder, k.holder), ('due_at', d.due_at::text, k.due_at::text),
    ('opened_at', d.opened_at::text, k.opened_at::text), ('changed_at', d.changed_at::text, k.changed_at::text),
    ('seq', d.seq::text, k.seq::text)) AS v (name, expected, found)
WHERE v.expected IS DISTINCT FROM v.found AND (v.name = 'row' OR d.case_id = k.case_id);

-- check: fold_altered column expected found
WITH derived AS (
    SELECT DISTINCT ON (o.metric, o.place, coalesce(o.stream, ''), o.period)
           o.metric, o.place, coalesce(o.stream, '') AS stream, o.period, o.value, o.unit, o.sd, r.basis, o.seq
    FROM journal.observation o JOIN journal.record r ON r.seq = o.seq
    WHERE NOT EXISTS (SELECT FROM journal.record back WHERE back.reverses = r.id)
    ORDER BY o.metric, o.place, coalesce(o.stream, ''), o.period, o.seq DESC, o.ordinal DESC)
SELECT concat_ws(' ', 'series', coalesce(d.metric, k.metric), coalesce(d.place, k.place),
       coalesce(d.stream, k.stream), coalesce(d.period, k.period)), v.name, v.expected, v.found
FROM derived d FULL JOIN journal.series k
     ON k.metric = d.metric AND k.place = d.place AND k.stream = d.stream AND k.period = d.period
CROSS JOIN LATERAL (VALUES
    ('row', d.metric, k.metric), ('value', d.value::text, k.value::text), ('unit', d.unit, k.unit),
    ('sd', d.sd::text, k.sd::text), ('basis', d.basis::text, k.basis::text), ('seq', d.seq::text, k.seq::text)
    ) AS v (name, expected, found)
WHERE v.expected IS DISTINCT FROM v.found AND (v.name = 'row' OR d.metric = k.metric);

-- check: fold_altered column expected found
WITH latest AS (
    SELECT DISTINCT ON (case_id) substr(case_id, 8) AS period, state FROM journal.step
    WHERE workflow = 'period_closing' ORDER BY case_id, no DESC),
begun AS (
    SELECT period, make_date(left(period, 4)::int, CASE length(period)
        WHEN 4 THEN 1
        WHEN 6 THEN (right(period, 1)::int - 1) * CASE substr(period, 5, 1) WHEN 'Q' THEN 3 ELSE 6 END + 1
        ELSE substr(period, 6, 2)::int END, CASE length(period) WHEN 10 THEN right(period, 2)::int ELSE 1 END) AS first_day
    FROM latest
    WHERE state IN ('closed', 'reopening_proposed')
      AND period ~ '^\d{4}(H[12]|Q[1-4]|-(0[1-9]|1[0-2])(-\d\d)?)?$'
      AND (length(period) < 10 OR pg_input_is_valid(period, 'date'))),
derived AS (
    SELECT period, first_day, (first_day + CASE length(period)
        WHEN 4 THEN interval '12 months'
        WHEN 6 THEN CASE substr(period, 5, 1) WHEN 'Q' THEN interval '3 months' ELSE interval '6 months' END
        WHEN 7 THEN interval '1 month' ELSE interval '1 day' END - interval '1 day')::date AS last_day
    FROM begun)
SELECT 'closed_period ' || coalesce(d.period, k.period), v.name, v.expected, v.found
FROM derived d FULL JOIN journal.closed_period k ON k.period = d.period
CROSS JOIN LATERAL (VALUES
    ('row', d.period, k.period), ('first_day', d.first_day::text, k.first_day::text),
    ('last_day', d.last_day::text, k.last_day::text)) AS v (name, expected, found)
WHERE v.expected IS DISTINCT FROM v.found AND (v.name = 'row' OR d.period = k.period);

-- check: fold_altered column expected found
WITH size AS (SELECT value::bigint AS entries FROM journal.setting WHERE name = 'summary_block_entries'),
claimed AS (
    SELECT n, last_receipt, row_number() OVER (ORDER BY last_receipt) AS place,
           lag(last_receipt, 1, 0::bigint) OVER (ORDER BY last_receipt) AS before FROM journal.summary_block),
held AS (
    SELECT c.n, c.place, c.last_receipt, coalesce(sum(greatest(r.entries, r.records)), 0) AS whole,
           max(greatest(r.entries, r.records)) FILTER (WHERE r.n = c.last_receipt) AS last
    FROM claimed c LEFT JOIN journal.receipt r ON r.n > c.before AND r.n <= c.last_receipt
    GROUP BY c.n, c.place, c.last_receipt)
SELECT 'summary_block ' || held.n, v.name, v.expected, v.found
FROM held, size CROSS JOIN LATERAL (VALUES
    ('n', held.place::text, held.n::text, held.n <> held.place),
    ('last_receipt', 'the receipt that fills it', held.last_receipt::text,
        held.last IS NULL OR held.whole < size.entries OR held.whole - held.last >= size.entries))
    AS v (name, expected, found, wrong)
WHERE v.wrong;

-- check: fold_altered column expected found
WITH derived AS MATERIALIZED (
    SELECT DISTINCT v.name AS party, x.case_id
    FROM journal.step x JOIN journal.record r USING (seq)
    CROSS JOIN LATERAL (SELECT x.holder UNION ALL SELECT r.acting_for UNION ALL
        SELECT jsonb_array_elements_text(x.data::jsonb -> 'parties')
        WHERE jsonb_typeof(x.data::jsonb -> 'parties') = 'array') AS v (name)
    WHERE x.workflow <> 'audit' AND v.name IS NOT NULL AND v.name <> '-' AND (x.data IS NULL OR x.data IS JSON OBJECT))
SELECT 'case_party ' || party || '/' || case_id, 'row', d.given, k.kept
FROM (SELECT party, case_id, case_id FROM derived) AS d (party, case_id, given)
FULL JOIN (SELECT party, case_id, case_id FROM journal.case_party) AS k (party, case_id, kept) USING (party, case_id)
WHERE d.given IS NULL OR k.kept IS NULL;
