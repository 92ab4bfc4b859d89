-- Which rows of the journal a hat sees. Read by wufei.registry.access.database after access.sql. Views look with the
-- rights of whoever asks; the append and the folds run with the owner's and see everything.
--
-- Each line: table, and the condition beside «sees all». A table that is not named here is closed to everybody else.

-- hashes, names and times that say nothing by themselves: whoever reads any of the journal
-- for: stream place metric setting account receipt leaf tree_head tree_node signing_key closed_period unsealed
(SELECT access.reads_journal())

-- what moves mass in a county, or is said for a body there: its entries and observations are seen by the rules below
-- for: record
(SELECT access.sees_all('journal', 'read')) OR seq IN (SELECT access.records())
OR ((SELECT access.has('journal', 'read', 'place'))
    AND (acting_for = ANY ((SELECT access.journal_places('read'))::text[])
         OR EXISTS (SELECT FROM journal.entry e WHERE e.seq = record.seq)
         OR EXISTS (SELECT FROM journal.observation o WHERE o.seq = record.seq)))

-- for: entry
(SELECT access.sees_all('journal', 'read')) OR from_n IN (SELECT unnest(access.accounts()))
OR to_n IN (SELECT unnest(access.accounts())) OR seq IN (SELECT access.records())

-- for: step
CASE WHEN workflow = 'audit' THEN (SELECT access.sees_all('audit', 'read'))
     ELSE (SELECT access.sees_all('journal', 'read')) OR seq IN (SELECT access.records())
          OR ((SELECT access.has('journal', 'read', 'place'))
              AND EXISTS (SELECT FROM journal.record r WHERE r.seq = step.seq)) END

-- for: desk
CASE WHEN workflow = 'audit' THEN (SELECT access.sees_all('audit', 'read'))
     ELSE (SELECT access.sees_all('journal', 'read')) OR case_id IN (SELECT access.cases())
          OR ((SELECT access.has('journal', 'read', 'place'))
              AND EXISTS (SELECT FROM journal.record r WHERE r.seq = desk.seq)) END

-- for: observation series
(SELECT access.sees_all('journal', 'read')) OR seq IN (SELECT access.records())
OR split_part(regexp_replace(place, '^[a-z]+:', ''), '/', 1) = ANY ((SELECT access.journal_places('read'))::text[])

-- for: turnover
(SELECT access.sees_all('journal', 'read')) OR account_n IN (SELECT unnest(access.accounts()))

-- for: transit
(SELECT access.sees_all('journal', 'read')) OR account_n IN (SELECT access.loads())

-- for: cube
(SELECT access.sees_all('journal', 'read')) OR from_n IN (SELECT unnest(access.accounts()))
OR to_n IN (SELECT unnest(access.accounts()))

-- the city's totals by role: without them a narrower hat's flows are added up from what it sees
-- for: summary summary_block
(SELECT access.sees_all('journal', 'read'))
