-- Which rows of the journal a hat sees. Read by wufei.registry.access.database after access.sql. Views look with the
-- rights of whoever asks; the append and the folds run with the owner's and see everything.
--
-- Each line: table, and the condition beside «sees all». A table that is not named here is closed to everybody else.

-- hashes, names and times that say nothing by themselves: whoever reads any of the journal
-- for: stream place metric setting account receipt leaf tree_head tree_node signing_key closed_period unsealed
(SELECT access.reads_journal())

-- The fewer parts a condition has, the less each query costs to plan; what a narrow hat sees is therefore found once per
-- query by one function and kept as a set.
-- for: record entry observation series
(SELECT access.sees_all('journal', 'read')) OR seq IN (SELECT access.records())

-- for: step
((SELECT access.sees_all('journal', 'read')) AND workflow <> 'audit') OR seq IN (SELECT access.records())
OR ((SELECT access.sees_all('audit', 'read')) AND workflow = 'audit')

-- for: desk
((SELECT access.sees_all('journal', 'read')) AND workflow <> 'audit') OR seq IN (SELECT access.records())
OR case_id IN (SELECT access.cases()) OR ((SELECT access.sees_all('audit', 'read')) AND workflow = 'audit')

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
