-- The one way into the journal. Fill the inbox (journal.open_inbox), then call; every rule is checked here.
-- wufei.journal.schema makes two functions of this text, append_few for a handful of records and append_many for
-- batches, because a plan that suits one ruins the other, and writes the canonical forms into it. What comes back: a
-- row for each record that was refused, held or a duplicate, and one row `appended` for all the others.

CREATE FUNCTION journal.{{name}}(row_mode boolean, look boolean)
RETURNS TABLE (ordinal int, id uuid, outcome text, code text, part int, detail text, seq bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = journal, pg_temp
SET timezone = 'UTC'
SET standard_conforming_strings = on
{{options}}
AS $body$
#variable_conflict use_column
DECLARE
    ours     boolean := journal.inbox_is_ours();   -- first of all: nothing below may touch a table of the caller's making
    moment   timestamptz;
    began    timestamptz;
    bases    text[] := enum_range(NULL::basis)::text[];
    known    text;
    latest   timestamptz := clock_timestamp() + make_interval(mins => (SELECT value::int FROM setting WHERE name = 'future_minutes'));
    base     bigint;
    refused  int;
    expected int;
    inserted int;
    has_step boolean := EXISTS (SELECT FROM in_step);
    has_obs  boolean := EXISTS (SELECT FROM in_observation);
    has_ref  boolean := EXISTS (SELECT FROM in_record WHERE reverses IS NOT NULL OR replaces IS NOT NULL);
    floor_refuses boolean := (SELECT value = 'refuse' FROM setting WHERE name = 'floor');
BEGIN
    PERFORM journal.enter(has_step AND EXISTS (SELECT FROM in_step WHERE workflow = 'period_closing'));
    {{analyze}}

    -- Accounts are made when first named; a place must be known, except where the role needs none.
    INSERT INTO in_key
    SELECT named.key, a.n, coalesce(a.node_n, a.n), a.role
    FROM (SELECT from_key FROM in_entry UNION SELECT to_key FROM in_entry) AS named (key)
    LEFT JOIN LATERAL (SELECT * FROM account a WHERE a.key = named.key OFFSET 0) AS a ON true;
    IF EXISTS (SELECT FROM in_key WHERE n IS NULL) THEN
        INSERT INTO account (key, role, place, node_n)
        SELECT key, split_part(key, ':', 1)::role, split_part(split_part(key, ':', 2), '/', 1),
               CASE WHEN key LIKE 'transit:%' THEN (SELECT n FROM account WHERE key = 'transit:all') END
        FROM in_key
        WHERE n IS NULL
          AND key ~ '^(origin|storage|transit|process|product|sink|loss|adjustment|unexplained|opening|outside):[[:alnum:]_.+-]+(/[[:alnum:]_.+/-]+)?$'
          AND (split_part(key, ':', 1) IN ('transit', 'opening', 'outside', 'unexplained')
               OR split_part(key, ':', 2) = 'unknown'
               OR EXISTS (SELECT FROM place p WHERE p.id = split_part(split_part(key, ':', 2), '/', 1)))
        ORDER BY key
        ON CONFLICT DO NOTHING;
        UPDATE in_key k SET n = a.n, node_n = coalesce(a.node_n, a.n), role = a.role
        FROM (SELECT named.key, a.* FROM (SELECT key FROM in_key WHERE n IS NULL) AS named
              JOIN LATERAL (SELECT a.n, a.node_n, a.role FROM account a WHERE a.key = named.key OFFSET 0) AS a ON true) AS a
        WHERE a.key = k.key AND k.n IS NULL;
    END IF;

    -- Every entry with its names resolved (of a record that is there); what a later step needs is read from here, not looked up again.
    {{join_inbox}}
    INSERT INTO in_resolved
    SELECT e.ordinal, e.part, r.happened_at, r.period, CASE WHEN r.basis = ANY (bases) THEN r.basis::basis END, r.sd_ppm,
           r.reverses IS NOT NULL, f.n, t.n, f.node_n, t.node_n, s.n, coalesce(ts.n, s.n),
           e.mass_g, e.from_lot, e.to_lot,
           CASE WHEN e.mass_g <= 0 THEN 'mass_not_positive'
                WHEN e.from_key = e.to_key THEN 'account_to_itself'
                WHEN f.n IS NULL OR t.n IS NULL THEN 'account_unknown'
                WHEN s.n IS NULL OR (e.to_stream IS NOT NULL AND ts.n IS NULL) THEN 'stream_unknown'
                WHEN e.to_stream <> e.stream AND f.role NOT IN ('process', 'adjustment')
                     AND t.role NOT IN ('process', 'adjustment') THEN 'stream_changed' END,
           CASE WHEN e.mass_g <= 0 THEN e.mass_g::text
                WHEN f.n IS NULL OR e.from_key = e.to_key THEN e.from_key
                WHEN t.n IS NULL THEN e.to_key
                WHEN s.n IS NULL THEN e.stream
                WHEN e.to_stream IS NOT NULL THEN e.stream || ' → ' || e.to_stream END
    FROM in_entry e
    JOIN in_record r USING (ordinal)
    JOIN in_key f ON f.key = e.from_key
    JOIN in_key t ON t.key = e.to_key
    {{streams}};
    {{joined}}
    INSERT INTO in_verdict (ordinal, part, code, detail)
    SELECT ordinal, part, code, detail FROM in_resolved WHERE code IS NOT NULL;

    INSERT INTO in_verdict (ordinal, part, code, detail)
    WITH judged AS MATERIALIZED (
        SELECT period, CASE
            WHEN period !~ '^\d{4}(H[12]|Q[1-4]|-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$' THEN 'record_period_unreadable'
            WHEN EXISTS (SELECT FROM closed_period c WHERE c.first_day <= journal.last_day(named.period)
                         AND journal.first_day(named.period) <= c.last_day) THEN 'period_closed' END AS code
        FROM (SELECT DISTINCT period FROM in_record) AS named)
    SELECT ordinal, NULL::smallint, code, detail FROM (
        SELECT r.ordinal, CASE
            WHEN r.happened_at > latest THEN 'time_in_future'
            WHEN r.happened_at < '1900-01-01' THEN 'time_long_ago'
            WHEN r.basis <> ALL (bases) THEN 'basis_unknown'
            WHEN r.sd_ppm < 0 THEN 'sd_negative'
            WHEN coalesce(r.actor, '') = '' OR coalesce(r.acting_for, '') = '' THEN 'actor_missing'
            WHEN coalesce(r.rule, '') = '' THEN 'rule_missing'
            WHEN r.evidence IS NOT NULL AND r.evidence IS NOT JSON ARRAY THEN 'evidence_unreadable'
            WHEN judged.code = 'record_period_unreadable' OR judged.code IS NOT NULL AND (
                EXISTS (SELECT FROM in_entry e WHERE e.ordinal = r.ordinal) OR r.reverses IS NOT NULL
                OR has_obs AND EXISTS (SELECT FROM in_observation o WHERE o.ordinal = r.ordinal)) THEN judged.code
            WHEN r.reverses IS NULL AND NOT EXISTS (SELECT FROM in_entry e WHERE e.ordinal = r.ordinal)
             AND NOT (has_step AND EXISTS (SELECT FROM in_step x WHERE x.ordinal = r.ordinal))
             AND NOT (has_obs AND EXISTS (SELECT FROM in_observation o WHERE o.ordinal = r.ordinal))
                THEN 'record_empty'
            END AS code,
            CASE WHEN r.happened_at > latest OR r.happened_at < '1900-01-01' THEN r.happened_at::text ELSE r.period || ' ' || r.id::text END AS detail
        FROM in_record r JOIN judged USING (period)) AS checked
    WHERE code IS NOT NULL
    UNION ALL
    SELECT later.ordinal, NULL::smallint, 'id_repeated', later.id::text
    FROM (SELECT id, min(ordinal) AS first FROM in_record GROUP BY id HAVING count(*) > 1) AS twice
    JOIN in_record later ON later.id = twice.id AND later.ordinal > twice.first
    UNION ALL
    SELECT r.ordinal, NULL::smallint, CASE WHEN old.leaf = sha256('\x00'::bytea || convert_to({{canon_again}}, 'UTF8'))
        THEN 'duplicate' ELSE 'idempotency_conflict' END, r.id::text
    FROM in_record r
    JOIN LATERAL (SELECT o.leaf, o.known_at FROM record o WHERE o.id = r.id OFFSET 0) AS old ON true
    CROSS JOIN LATERAL ({{parts_of_staged}}) AS p
    WHERE look;

    IF has_ref THEN
        INSERT INTO in_verdict (ordinal, part, code, detail)
        SELECT ordinal, NULL::smallint, code, detail FROM (
            SELECT r.ordinal, CASE
                WHEN r.reverses IS NOT NULL AND old.id IS NULL THEN 'reversal_of_nothing'
                WHEN r.replaces IS NOT NULL AND NOT EXISTS (
                    SELECT FROM record o WHERE o.id = r.replaces
                    UNION ALL SELECT FROM in_record i WHERE i.id = r.replaces) THEN 'replaces_nothing'
                WHEN EXISTS (SELECT FROM record o WHERE o.reverses = r.reverses AND o.id <> r.id)
                  OR row_number() OVER (PARTITION BY r.reverses ORDER BY r.ordinal) > 1 AND r.reverses IS NOT NULL
                    THEN 'already_reversed'
                WHEN old.reverses IS NOT NULL THEN 'reversal_of_reversal'
                WHEN r.reverses IS NOT NULL AND EXISTS (SELECT FROM step x WHERE x.seq = old.seq)
                    THEN 'step_irreversible'
                WHEN r.reverses IS NOT NULL AND (r.basis <> old.basis::text OR r.sd_ppm IS DISTINCT FROM old.sd_ppm
                    OR EXISTS (SELECT FROM in_observation o WHERE o.ordinal = r.ordinal)
                    OR NOT journal.mirrors(old.seq, r.ordinal)) THEN 'reversal_differs'
                END AS code, coalesce(r.reverses, r.replaces)::text AS detail
            FROM in_record r LEFT JOIN record old ON old.id = r.reverses
            WHERE r.reverses IS NOT NULL OR r.replaces IS NOT NULL) AS checked
        WHERE code IS NOT NULL;
    END IF;
    IF has_obs THEN
        INSERT INTO in_verdict (ordinal, part, code, detail)
        SELECT o.ordinal, o.part, CASE
            WHEN m.id IS NULL THEN 'metric_unknown'
            WHEN m.unit IS NOT NULL AND m.unit <> o.unit THEN 'unit_of_metric'
            WHEN o.stream IS NOT NULL AND s.n IS NULL THEN 'stream_unknown'
            WHEN p.id IS NULL THEN 'place_unknown'
            WHEN o.sd < 0 THEN 'sd_negative'
            ELSE 'value_not_finite' END,
            o.metric || ' ' || o.place || ' ' || o.unit
        FROM in_observation o LEFT JOIN metric m ON m.id = o.metric LEFT JOIN stream s ON s.id = o.stream
        LEFT JOIN place p ON p.id = split_part(regexp_replace(o.place, '^[a-z]+:', ''), '/', 1)
            AND o.place ~ '^([a-z]+:)?[[:alnum:]_.+-]+(/[[:alnum:]_.+/-]+)?$'
        WHERE m.id IS NULL OR m.unit <> o.unit OR (o.stream IS NOT NULL AND s.n IS NULL) OR p.id IS NULL OR o.sd < 0
           OR o.value IN ('NaN', 'Infinity', '-Infinity') OR o.sd IN ('NaN', 'Infinity');
    END IF;
    IF has_step THEN
        INSERT INTO in_verdict (ordinal, part, code, detail)
        SELECT x.ordinal, x.part, 'step_unreadable', x.case_id || ' ' || x.transition
        FROM in_step x
        WHERE x.workflow !~ '^[[:alnum:]_.-]+$' OR x.transition !~ '^[[:alnum:]_.-]+$' OR x.state !~ '^[[:alnum:]_.-]+$'
           OR x.case_id = '' OR (x.data IS NOT NULL AND x.data IS NOT JSON OBJECT)
        UNION ALL
        SELECT x.ordinal, x.part, 'closing_out_of_turn', x.case_id || ' ' || x.transition
        FROM (SELECT i.*, coalesce(lag(i.state) OVER (PARTITION BY i.case_id ORDER BY i.ordinal, i.part), d.state, 'open') AS held
              FROM in_step i LEFT JOIN desk d ON d.case_id = i.case_id
              WHERE i.workflow = 'period_closing' OR starts_with(i.case_id, 'period:')) AS x
        WHERE x.workflow <> 'period_closing'
           OR x.case_id !~ '^period:\d{4}(H[12]|Q[1-4]|-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$'
           OR (x.held, x.transition, x.state) NOT IN (
                ('open', 'propose_close', 'closing_proposed'), ('closing_proposed', 'close', 'closed'),
                ('closed', 'propose_reopen', 'reopening_proposed'), ('reopening_proposed', 'reopen', 'open'));
        INSERT INTO in_verdict (ordinal, part, code, detail)
        SELECT x.ordinal, x.part, 'step_taken', x.case_id || ' ' || x.no
        FROM (SELECT *, row_number() OVER (PARTITION BY case_id ORDER BY ordinal, part) AS nth FROM in_step) AS x
        LEFT JOIN desk d ON d.case_id = x.case_id
        WHERE x.no <> coalesce(d.no, 0) + x.nth
          AND NOT EXISTS (SELECT FROM in_verdict v WHERE v.ordinal = x.ordinal)
        UNION ALL
        SELECT x.ordinal, x.part, 'second_person_needed', x.case_id || ' ' || r.actor
        FROM in_step x JOIN in_record r USING (ordinal)
        WHERE x.workflow = 'period_closing' AND x.transition IN ('close', 'reopen') AND NOT EXISTS (
            SELECT FROM step before JOIN record asked ON asked.seq = before.seq
            WHERE before.case_id = x.case_id AND before.no = x.no - 1 AND asked.actor <> r.actor
              AND before.transition = 'propose_' || x.transition);
    END IF;

    IF floor_refuses THEN
        -- Whoever draws on a protected store waits for whoever drew before, so that two cannot both take the last of it.
        PERFORM pg_advisory_xact_lock(n, stream_n) FROM (
            SELECT DISTINCT a.n, s.n AS stream_n FROM in_entry e JOIN in_key a ON a.key = e.from_key AND a.role = 'storage'
            JOIN stream s ON s.id = e.stream AND s.hazardous ORDER BY 1, 2) AS drawn;
        INSERT INTO in_verdict (ordinal, part, code, detail)
        SELECT e.ordinal, e.part, 'storage_below_zero', k.key || ' ' || s.id || ' ' || short.left_g
        FROM (SELECT account_n, stream_n, sum(delta) + coalesce((SELECT sum(in_g - out_g) FROM turnover b
                     WHERE b.account_n = moved.account_n AND b.stream_n = moved.stream_n), 0) AS left_g
              FROM (SELECT ordinal, from_n AS account_n, stream_n, -mass_g AS delta FROM in_resolved
                    UNION ALL SELECT ordinal, to_n, to_stream_n, mass_g FROM in_resolved) AS moved
              WHERE NOT EXISTS (SELECT FROM in_verdict v WHERE v.ordinal = moved.ordinal)
              GROUP BY account_n, stream_n) AS short
        JOIN in_key k ON k.n = short.account_n AND k.role = 'storage'
        JOIN stream s ON s.n = short.stream_n AND s.hazardous
        JOIN in_resolved e ON e.from_n = short.account_n AND e.stream_n = short.stream_n
        WHERE short.left_g < 0 AND NOT EXISTS (SELECT FROM in_verdict v WHERE v.ordinal = e.ordinal);
    END IF;

    IF EXISTS (SELECT FROM in_verdict) THEN
        -- A duplicate stands, whatever would be said of it today: its step is taken, its period may be closed since.
        DELETE FROM in_verdict v USING in_verdict stands
        WHERE stands.ordinal = v.ordinal AND stands.code = 'duplicate' AND v.code <> 'duplicate';
        -- So does what was not looked up, or was committed between the look and the judgement: look again.
        IF EXISTS (SELECT FROM in_verdict v JOIN in_record r USING (ordinal) JOIN record old ON old.id = r.id
                   WHERE NOT EXISTS (SELECT FROM in_verdict seen WHERE seen.ordinal = v.ordinal
                                     AND seen.code IN ('duplicate', 'idempotency_conflict'))) THEN
            RAISE EXCEPTION 'journal_seen_before' USING ERRCODE = 'WF002';
        END IF;
        refused := (SELECT count(*) FROM in_verdict v WHERE v.code <> 'duplicate');
        RETURN QUERY SELECT DISTINCT ON (r.ordinal) r.ordinal, r.id,
            CASE WHEN v.code = 'duplicate' THEN 'duplicate' ELSE 'refused' END, v.code, v.part::int, v.detail, old.seq
            FROM in_record r JOIN in_verdict v USING (ordinal) LEFT JOIN record old ON old.id = r.id
            ORDER BY r.ordinal, (v.code NOT IN ('duplicate', 'idempotency_conflict')), v.part NULLS FIRST;
        IF refused > 0 AND NOT row_mode THEN
            RETURN QUERY SELECT r.ordinal, r.id, 'held', NULL, NULL::int, NULL, NULL::bigint FROM in_record r
                WHERE NOT EXISTS (SELECT FROM in_verdict v WHERE v.ordinal = r.ordinal);
            PERFORM journal.clear_inbox();
            RETURN;
        END IF;
        DELETE FROM in_entry e USING in_verdict v WHERE v.ordinal = e.ordinal;
        DELETE FROM in_resolved e USING in_verdict v WHERE v.ordinal = e.ordinal;
        DELETE FROM in_step x USING in_verdict v WHERE v.ordinal = x.ordinal;
        DELETE FROM in_observation o USING in_verdict v WHERE v.ordinal = o.ordinal;
        DELETE FROM in_record r USING in_verdict v WHERE v.ordinal = r.ordinal;
        IF NOT EXISTS (SELECT FROM in_record) THEN
            PERFORM journal.clear_inbox();
            RETURN;
        END IF;
    END IF;

    began := clock_timestamp();
    base := nextval('receipt_n_seq') << 20;
    moment := clock_timestamp();
    IF moment NOT BETWEEN began AND began + interval '1 second' THEN     -- see journal.enter
        RAISE EXCEPTION 'journal_clock_slipped' USING ERRCODE = 'serialization_failure';
    END IF;
    INSERT INTO receipt (n, known_at, records, entries) OVERRIDING SYSTEM VALUE
    SELECT base >> 20, moment, count(*), (SELECT count(*) FROM in_resolved) FROM in_record
    RETURNING records INTO expected;
    known := to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
    INSERT INTO unsealed VALUES (base >> 20);

    {{join_inbox}}
    INSERT INTO record (seq, id, happened_at, known_at, period, basis, sd_ppm, actor, acting_for, rule,
                        reverses, replaces, evidence, note, leaf)
    SELECT base + r.ordinal, r.id, r.happened_at, moment, r.period, r.basis::basis, r.sd_ppm, r.actor, r.acting_for,
           r.rule, r.reverses, r.replaces, r.evidence, r.note,
           sha256('\x00'::bytea || convert_to({{canon_new}}, 'UTF8'))
    FROM in_record r {{staged_parts}}
    ORDER BY r.ordinal
    ON CONFLICT (id) DO NOTHING;
    GET DIAGNOSTICS inserted = ROW_COUNT;
    {{joined}}
    IF inserted <> expected THEN      -- some of them stand already: call again and look each one up
        RAISE EXCEPTION 'journal_seen_before' USING ERRCODE = 'WF002';
    END IF;

    INSERT INTO entry (seq, ordinal, happened_at, from_n, to_n, stream_n, to_stream_n, mass_g, from_lot, to_lot)
    SELECT base + ordinal, part, happened_at, from_n, to_n, stream_n, to_stream_n, mass_g, from_lot, to_lot
    FROM in_resolved ORDER BY ordinal, part;

    IF has_step THEN
        INSERT INTO step SELECT base + x.ordinal, x.part, x.case_id, x.no, x.workflow, x.transition, x.state, x.holder,
               x.due_at, x.data FROM in_step x JOIN in_record USING (ordinal);
        PERFORM journal.fold_desk(base);
        PERFORM journal.fold_parties(base);
    END IF;
    IF has_obs THEN
        INSERT INTO observation SELECT base + o.ordinal, o.part, o.metric, o.place, o.stream, r.period, o.value, o.unit, o.sd
        FROM in_observation o JOIN in_record r USING (ordinal);
    END IF;
    IF has_obs OR has_ref THEN
        PERFORM journal.fold_series(base);
    END IF;
    PERFORM journal.{{fold}}();

    -- One row says that all the rest stands: its seq is the base, to which a record's ordinal is added.
    RETURN QUERY SELECT NULL::int, NULL::uuid, 'appended', NULL, NULL::int, NULL, base;
    PERFORM journal.clear_inbox();
END $body$;
