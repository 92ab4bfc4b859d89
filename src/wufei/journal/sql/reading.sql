-- Indexes that only reading needs (wufei.journal.reading and its neighbours).

-- Which receipts an instant parts; who corrected a record; the records of a period that came late.
CREATE INDEX receipt_known ON journal.receipt (known_at);
CREATE INDEX record_replaces ON journal.record (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX record_period ON journal.record USING brin (period) WITH (pages_per_range = 16, autosummarize = on);
-- Accounts by place and by role, without the manifests in transit where flows are read; balances and flows of one stream.
CREATE INDEX account_place ON journal.account (place, role);
CREATE INDEX account_node ON journal.account (n) INCLUDE (role, place) WHERE node_n IS NULL;
CREATE INDEX desk_due ON journal.desk ((coalesce(due_at, 'infinity')), case_id);
CREATE INDEX desk_changed ON journal.desk (changed_at, case_id);
CREATE INDEX turnover_stream ON journal.turnover (stream_n, account_n);
CREATE INDEX cube_stream ON journal.cube (stream_n, period);
CREATE INDEX cube_to ON journal.cube (to_n, period);
