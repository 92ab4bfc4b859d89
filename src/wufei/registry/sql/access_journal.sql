-- Which rows of the journal a hat sees. Read by wufei.registry.access.database after access.sql. Views look with the
-- rights of whoever asks; the append and the folds run with the owner's and see everything.
--
-- Each line: table, and the condition beside «sees all». A table that is not named here is closed to everybody else.

-- hashes, names and times that say nothing by themselves: whoever reads any of the journal
-- for: stream place metric setting account receipt leaf tree_head tree_node signing_key closed_period unsealed
(SELECT access.reads_journal())

-- What a narrow hat sees is what concerns it, asked row by row; {table} is the table itself. OFFSET keeps the database from
-- gathering all that concerns the hat first: a page shows a few dozen rows.
-- for: record entry observation series
(SELECT access.sees_all('journal', 'read')) OR EXISTS (SELECT FROM access.seen s WHERE s.seq = {table}.seq OFFSET 0)

-- for: step desk
((SELECT access.sees_all('journal', 'read')) AND workflow <> 'audit')
OR EXISTS (SELECT FROM journal.case_party p WHERE p.case_id = {table}.case_id OFFSET 0)
OR ((SELECT access.sees_all('audit', 'read')) AND workflow = 'audit')

-- for: case_party
(SELECT access.sees_all('journal', 'read')) OR party = ANY ((SELECT access.parties())::text[])

-- for: turnover
(SELECT access.sees_all('journal', 'read')) OR account_n IN (SELECT unnest((SELECT access.accounts())))

-- a load on the road: of whoever sees an entry that put it there or took it off
-- for: transit
(SELECT access.sees_all('journal', 'read'))
OR EXISTS (SELECT FROM journal.entry e WHERE e.to_n = {table}.account_n OFFSET 0)
OR EXISTS (SELECT FROM journal.entry e WHERE e.from_n = {table}.account_n OFFSET 0)

-- for: cube
(SELECT access.sees_all('journal', 'read')) OR from_n IN (SELECT unnest((SELECT access.accounts())))
OR to_n IN (SELECT unnest((SELECT access.accounts())))

-- the city's totals by role: without them a narrower hat's flows are added up from what it sees
-- for: summary summary_block
(SELECT access.sees_all('journal', 'read'))
