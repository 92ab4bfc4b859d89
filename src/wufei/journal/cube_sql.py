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
          FROM journal.record r WHERE {records} AND {periods}) AS r
    JOIN (SELECT e.seq, e.stream_n, e.to_stream_n, e.mass_g, {from_end} AS from_end, {to_end} AS to_end
          FROM journal.entry e JOIN journal.account f ON f.n = e.from_n JOIN journal.account t ON t.n = e.to_n
          WHERE {entries}) AS e USING (seq)) AS c
WHERE {tests}"""
_FOLDED = """
SELECT c.period, c.{from_}, c.{to}, c.stream_n, c.to_stream_n, c.basis, c.mass_g, c.entries, c.variance_g2
FROM {table} c WHERE {periods} AND {tests}"""
_SUMS = """
SELECT {shown}, b.period, b.basis::text, b.by_period, b.mass_g, b.entries, b.variance_g2
FROM (SELECT {axes} c.period, c.basis, GROUPING(c.basis) AS by_period,
             sum(c.mass_g)::bigint AS mass_g, sum(c.entries)::bigint AS entries, sum(c.variance_g2) AS variance_g2
      FROM ({source}) AS c {joins} GROUP BY GROUPING SETS (({grouped}c.basis), (c.period))
      HAVING sum(c.entries) <> 0 OR sum(c.mass_g) <> 0 OR sum(c.variance_g2) <> 0) AS b
ORDER BY {ordered}"""
# Nodes are never single manifests, so an index without those will do. OFFSET keeps the database from taking the rarity
# of nodes among all accounts for a rarity of flows.
_NODES = "(SELECT n, role, place{key} FROM journal.account WHERE node_n IS NULL OFFSET 0)"
_JOINS = {
    "f.": "JOIN {nodes} AS f ON f.n = c.from_n",
    "t.": "JOIN {nodes} AS t ON t.n = c.to_n",
}
_STREAM_NAME = "(SELECT s.id FROM journal.stream s WHERE s.n = b.a{})"
_STREAM_NUMBERS = "SELECT n FROM journal.stream WHERE id = ANY (%s)"
_NODE_NUMBERS = """
SELECT n, role = 'transit' FROM journal.account
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

    def folded(self, periods: list[str] | None, tests: sql.Composable) -> sql.Composable:
        """Rows of the table; None is every period."""
        return sql.SQL(_FOLDED).format(table=self.table, periods=_of("c", periods), tests=tests, **self._ends())

    def entries(
        self, rows: Callable[[str], sql.Composable], sign: int, periods: list[str] | None, tests: sql.Composable
    ) -> sql.Composable:
        """The same rows from the records and entries that ``rows`` picks by their table's letter."""
        return sql.SQL(" UNION ALL ") + sql.SQL(_ENTRIES).format(
            sign=sql.SQL(str(sign)),
            records=rows("r"),
            entries=rows("e"),
            periods=_of("r", periods),
            from_end=sql.SQL(self.entry_ends[0]),
            to_end=sql.SQL(self.entry_ends[1]),
            tests=tests,
            **self._ends(),
        )

    def _ends(self) -> dict[str, sql.Composable]:
        return {"from_": sql.Identifier(self.ends[0]), "to": sql.Identifier(self.ends[1])}


_BOTH = {"period": "c.period", "stream": "c.stream_n", "to_stream": "c.to_stream_n"}
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
    ends = _nodes_wanted(connection, question.wanted)
    at_ends = (_among("c", column, ends[column]) for column in ends)
    tests = _and([*_common_tests(connection, question.wanted), *at_ends])
    cube = CUBE.folded(question.periods, tests)
    if question.known.at is not None:
        at_accounts = [_either_end(found) for found in ends.values() if not any(shared for _, shared in found)]

        def later(table: str) -> sql.Composable:
            return _and([question.known.later(table), *(at_accounts if table == "e" else ())])

        cube = cube + CUBE.entries(later, -1, question.periods, tests)
    return ask(connection, _sums(CUBE, question.by, cube)).fetchall()


def _from_summary(connection: Connection[Any], question: Question) -> Rows | None:
    tests = _and([*_common_tests(connection, question.wanted), *_role_tests(question.wanted)])
    source = by_role(connection, question.known, question.periods, tests)
    return None if source is None else ask(connection, _sums(SUMMARY, question.by, source)).fetchall()


def by_role(
    connection: Connection[Any],
    known: Known,
    periods: list[str] | None = None,
    tests: sql.Composable = sql.SQL("true"),  # noqa: B008  # never changed
) -> sql.Composable | None:
    """Flows by role as rows in SQL, from the blocks of the summary that were known and the entries known since.

    None when those entries are too many, because the summary lags. ``periods`` None is every period.
    """
    last = _LAST if known.at is None else known.last
    whole = min(known.but, default=last + 1) - 1
    block, done = ask(connection, _LAST_BLOCK, (whole,)).fetchone() or (0, 0)
    ((since,),) = ask(connection, _SINCE, {"done": done, "last": last, "most": MOST_SINCE}).fetchall()
    if since >= MOST_SINCE:
        return None

    def known_since(table: str) -> sql.Composable:
        return sql.SQL("{}.seq >= {} AND {}").format(sql.Identifier(table), (done + 1) << 20, known.known(table))

    blocks = sql.SQL("c.block = ANY ({}::int[]) AND {}").format(nodes(block), tests)
    return SUMMARY.folded(periods, blocks) + SUMMARY.entries(known_since, 1, periods, tests)


def nodes(block: int) -> list[int]:
    """The nodes of the summary (``sql/summary.sql``) whose sum is that of the blocks 1 to ``block``."""
    found = []
    while block:
        found.append(block)
        block &= block - 1
    return found


def _sums(source: Source, by: tuple[Axis, ...], rows: sql.Composable) -> sql.Composed:
    """Sums by numbers of streams, which are named only then: there are far fewer."""
    columns = [source.columns[axis] for axis in by]
    nodes_ = _NODES.format(key=", key" if {"from_account", "to_account"} & set(by) else "")
    used = [join.format(nodes=nodes_) for name, join in _JOINS.items() if any(c.startswith(name) for c in columns)]
    shown = [_STREAM_NAME.format(n) if axis in {"stream", "to_stream"} else f"a{n}::text" for n, axis in enumerate(by)]
    return sql.SQL(_SUMS).format(
        shown=_list(shown or ["NULL"]),
        source=rows,
        joins=sql.SQL(" ").join(map(sql.SQL, used)),
        axes=sql.SQL("").join(sql.SQL(f"{column} AS a{n}, ") for n, column in enumerate(columns)),
        grouped=sql.SQL("").join(sql.SQL(f"{column}, ") for column in columns),
        ordered=_list([*(str(n + 1) for n in range(len(columns))), "b.period", "b.basis"]),
    )


def _list(columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.SQL, columns))


def _of(table: str, periods: list[str] | None) -> sql.Composable:
    return (
        sql.SQL("true") if periods is None else sql.SQL("{}.period = ANY ({})").format(sql.Identifier(table), periods)
    )


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


Nodes = list[tuple[int, bool]]  # numbers, and whether many accounts share the node


def _nodes_wanted(connection: Connection[Any], wanted: Wanted) -> dict[str, Nodes]:
    """The nodes that may stand at an end of the flows, by the cube's column; an end that may be any is left out."""
    ends = {"from_n": (wanted.from_roles, wanted.from_places), "to_n": (wanted.to_roles, wanted.to_places)}
    return {
        column: ask(connection, _NODE_NUMBERS, {"roles": _sorted(roles), "places": _sorted(places)}).fetchall()
        for column, (roles, places) in ends.items()
        if roles is not None or places is not None
    }


def _among(table: str, column: str, found: Nodes) -> sql.Composed:
    return sql.SQL("{} = ANY ({}::int[])").format(sql.Identifier(table, column), [n for n, _ in found])


def _either_end(found: Nodes) -> sql.Composed:
    """An entry at one of these accounts: which end is which depends on whether its record is a reversal."""
    return sql.SQL("({} OR {})").format(_among("e", "from_n", found), _among("e", "to_n", found))


def _sorted(names: Collection[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)
