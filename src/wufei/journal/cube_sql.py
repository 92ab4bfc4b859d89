"""The questions that flows are read with: from the summary by role where that is enough, else from the cube."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from psycopg import Connection, sql

from wufei.journal.asking import ask
from wufei.journal.asknown import Known

Axis = Literal[
    "period", "from_account", "from_place", "from_role", "to_account", "to_place", "to_role", "stream", "to_stream"
]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which flows: any of several streams (on leaving), bases, roles and places; None is all."""

    streams: Collection[str] | None = None
    bases: Collection[str] | None = None
    from_roles: Collection[str] | None = None
    to_roles: Collection[str] | None = None
    from_places: Collection[str] | None = None
    to_places: Collection[str] | None = None


ALL = Wanted()


@dataclass(frozen=True, slots=True)
class Question:
    """Which flows, by which axes, as known when, of which reporting periods."""

    wanted: Wanted
    by: tuple[Axis, ...]
    known: Known
    periods: list[str]

    @property
    def by_role(self) -> bool:
        """Whether no account and no place is asked for."""
        places = (self.wanted.from_places, self.wanted.to_places)
        return set(self.by) <= set(SUMMARY.columns) and not any(place is not None for place in places)


Rows = list[tuple[Any, ...]]
# What was appended, summed as fold_book.sql and summary.sql sum it; the sign takes it in or out.
_ENTRIES = """
SELECT * FROM (
    SELECT r.period, CASE WHEN back THEN to_end ELSE from_end END AS {from_},
           CASE WHEN back THEN from_end ELSE to_end END AS {to},
           CASE WHEN back THEN to_stream_n ELSE stream_n END AS stream_n,
           CASE WHEN back THEN stream_n ELSE to_stream_n END AS to_stream_n,
           r.basis, sign * mass_g AS mass_g, sign AS entries,
           coalesce(sign * (mass_g * sd) * (mass_g * sd), 0) AS variance_g2
    FROM (SELECT r.seq, r.period, r.basis, CASE WHEN r.sd_ppm > 0 THEN r.sd_ppm * 0.000001 END AS sd,
                 r.reverses IS NOT NULL AS back,
                 CASE WHEN r.reverses IS NULL THEN {sign} ELSE - ({sign}) END AS sign
          FROM journal.record r WHERE {records} AND r.period = ANY ({periods})) AS r
    JOIN (SELECT e.seq, e.stream_n, e.to_stream_n, e.mass_g, {from_end} AS from_end, {to_end} AS to_end
          FROM journal.entry e JOIN journal.account f ON f.n = e.from_n JOIN journal.account t ON t.n = e.to_n
          WHERE {entries}) AS e USING (seq)) AS c
WHERE {tests}"""
_FOLDED = """
SELECT c.period, c.{from_}, c.{to}, c.stream_n, c.to_stream_n, c.basis, c.mass_g, c.entries, c.variance_g2
FROM {table} c WHERE c.period = ANY ({periods}) AND {tests}"""
_SUMS = """
SELECT {shown}, c.period, c.basis::text, GROUPING(c.basis),
       sum(c.mass_g)::bigint, sum(c.entries)::bigint, sum(c.variance_g2)
FROM ({source}) AS c {joins} GROUP BY GROUPING SETS (({axes}c.basis), (c.period))
HAVING sum(c.entries) <> 0 OR sum(c.mass_g) <> 0 OR sum(c.variance_g2) <> 0 ORDER BY {ordered}"""
# Nodes are never single manifests, so an index without those will do. OFFSET keeps the database from taking the rarity
# of nodes among all accounts for a rarity of flows.
_NODES = "(SELECT n, role, place{key} FROM journal.account WHERE node_n IS NULL OFFSET 0)"
_JOINS = {
    "f.": "JOIN {nodes} AS f ON f.n = c.from_n",
    "t.": "JOIN {nodes} AS t ON t.n = c.to_n",
    "s.": "JOIN journal.stream s ON s.n = c.stream_n",
    "ts.": "JOIN journal.stream ts ON ts.n = c.to_stream_n",
}
_STREAM_NUMBERS = "SELECT n FROM journal.stream WHERE id = ANY (%s)"
_NODE_NUMBERS = """
SELECT n FROM journal.account
WHERE node_n IS NULL AND (%(roles)s::text[] IS NULL OR role::text = ANY (%(roles)s))
  AND (%(places)s::text[] IS NULL OR place = ANY (%(places)s))"""
_LAST_BLOCK = """
SELECT n, last_receipt FROM journal.summary_block WHERE last_receipt <= %s ORDER BY last_receipt DESC LIMIT 1"""
_SINCE = """
SELECT coalesce(sum(greatest(entries, records)), 0) FROM (
    SELECT entries, records FROM journal.receipt WHERE n > %(done)s AND n <= %(last)s LIMIT %(most)s) AS counted"""
MOST_SINCE = 20_000  # entries beside the summary; beyond that the cube is quicker
_LAST = 2**42


@dataclass(frozen=True, slots=True)
class Source:
    """A table of flows: its name, what stands at either end of a row and of an entry, and its column for each axis."""

    table: sql.Composable
    ends: tuple[str, str]
    entry_ends: tuple[str, str]
    columns: Mapping[str, str]

    def folded(self, periods: list[str], tests: sql.Composable) -> sql.Composable:
        """Rows of the table."""
        return sql.SQL(_FOLDED).format(table=self.table, periods=periods, tests=tests, **self._ends())

    def entries(
        self, rows: Callable[[str], sql.Composable], sign: int, periods: list[str], tests: sql.Composable
    ) -> sql.Composable:
        """The same rows from the records and entries that ``rows`` picks by their table's letter."""
        return sql.SQL(" UNION ALL ") + sql.SQL(_ENTRIES).format(
            sign=sql.SQL(str(sign)),
            records=rows("r"),
            entries=rows("e"),
            periods=periods,
            from_end=sql.SQL(self.entry_ends[0]),
            to_end=sql.SQL(self.entry_ends[1]),
            tests=tests,
            **self._ends(),
        )

    def _ends(self) -> dict[str, sql.Composable]:
        return {"from_": sql.Identifier(self.ends[0]), "to": sql.Identifier(self.ends[1])}


_BOTH = {"period": "c.period", "stream": "s.id", "to_stream": "ts.id"}
CUBE = Source(
    sql.Identifier("journal", "cube"),
    ("from_n", "to_n"),
    ("coalesce(f.node_n, f.n)", "coalesce(t.node_n, t.n)"),
    _BOTH
    | {"from_account": "f.key", "from_place": "f.place", "from_role": "f.role"}
    | {"to_account": "t.key", "to_place": "t.place", "to_role": "t.role"},
)
SUMMARY = Source(
    sql.Identifier("journal", "summary"),
    ("from_role", "to_role"),
    ("f.role", "t.role"),
    _BOTH | {"from_role": "c.from_role", "to_role": "c.to_role"},
)


def rows_of(connection: Connection[Any], question: Question) -> Rows:
    """Rows of axes, period, basis, 1 for a sum by period alone, and mass, entries and variance."""
    found = _from_summary(connection, question) if question.by_role else None
    return _from_cube(connection, question) if found is None else found


def _from_cube(connection: Connection[Any], question: Question) -> Rows:
    tests = _and([*_common_tests(connection, question.wanted), *_node_tests(connection, question.wanted)])
    cube = CUBE.folded(question.periods, tests)
    if question.known.at is not None:
        cube = cube + CUBE.entries(question.known.later, -1, question.periods, tests)
    return ask(connection, _sums(CUBE, question.by, cube)).fetchall()


def _from_summary(connection: Connection[Any], question: Question) -> Rows | None:
    """From the blocks of the summary that were known and the entries known since; None when those are too many."""
    known = question.known
    last = _LAST if known.at is None else known.last
    block, done = ask(connection, _LAST_BLOCK, (last,)).fetchone() or (0, 0)
    ((since,),) = ask(connection, _SINCE, {"done": done, "last": last, "most": MOST_SINCE}).fetchall()
    if since >= MOST_SINCE:
        return None
    tests = _and([*_common_tests(connection, question.wanted), *_role_tests(question.wanted)])

    def known_since(table: str) -> sql.Composable:
        return sql.SQL("{}.seq >= {} AND {}").format(sql.Identifier(table), (done + 1) << 20, known.known(table))

    blocks = sql.SQL("c.block = ANY ({}::int[]) AND {}").format(nodes(block), tests)
    source = SUMMARY.folded(question.periods, blocks) + SUMMARY.entries(known_since, 1, question.periods, tests)
    return ask(connection, _sums(SUMMARY, question.by, source)).fetchall()


def nodes(block: int) -> list[int]:
    """The nodes of the summary (``sql/summary.sql``) whose sum is that of the blocks 1 to ``block``."""
    found = []
    while block:
        found.append(block)
        block &= block - 1
    return found


def _sums(source: Source, by: tuple[Axis, ...], rows: sql.Composable) -> sql.Composed:
    columns = [source.columns[axis] for axis in by]
    nodes = _NODES.format(key=", key" if {"from_account", "to_account"} & set(by) else "")
    used = [join.format(nodes=nodes) for name, join in _JOINS.items() if any(c.startswith(name) for c in columns)]
    return sql.SQL(_SUMS).format(
        shown=_list([f"{column}::text" for column in columns] or ["NULL"]),
        source=rows,
        joins=sql.SQL(" ").join(map(sql.SQL, used)),
        axes=sql.SQL("").join(sql.SQL(f"{column}, ") for column in columns),
        ordered=_list([*(str(n + 1) for n in range(len(columns))), "c.period", "c.basis"]),
    )


def _list(columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.SQL, columns))


def _and(tests: Iterable[sql.Composable]) -> sql.Composed:
    return sql.SQL(" AND ").join([sql.SQL("true"), *tests])


def _common_tests(connection: Connection[Any], wanted: Wanted) -> Iterator[sql.Composable]:
    """Conditions by number, so that the database can tell how many rows they leave."""
    if wanted.streams is not None:
        streams = [n for (n,) in ask(connection, _STREAM_NUMBERS, (list(wanted.streams),))]
        yield sql.SQL("c.stream_n = ANY ({}::int[])").format(streams)
    if wanted.bases is not None:
        yield sql.SQL("c.basis::text = ANY ({}::text[])").format(sorted(wanted.bases))


def _role_tests(wanted: Wanted) -> Iterator[sql.Composable]:
    for column, roles in (("from_role", wanted.from_roles), ("to_role", wanted.to_roles)):
        if roles is not None:
            yield sql.SQL("c.{}::text = ANY ({}::text[])").format(sql.Identifier(column), sorted(roles))


def _node_tests(connection: Connection[Any], wanted: Wanted) -> Iterator[sql.Composable]:
    ends = {"from_n": (wanted.from_roles, wanted.from_places), "to_n": (wanted.to_roles, wanted.to_places)}
    for column, (roles, places) in ends.items():
        if roles is not None or places is not None:
            nodes = [n for (n,) in ask(connection, _NODE_NUMBERS, {"roles": _sorted(roles), "places": _sorted(places)})]
            yield sql.SQL("c.{} = ANY ({}::int[])").format(sql.Identifier(column), nodes)


def _sorted(names: Collection[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)
