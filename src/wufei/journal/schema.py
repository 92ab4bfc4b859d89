"""The journal's SQL, with the canonical form written into it; migrations run what this returns."""

from __future__ import annotations

from importlib.resources import files

from wufei.journal import canonical

_FEW = {
    "name": "append_few",
    "options": "SET plan_cache_mode = force_generic_plan SET enable_hashjoin = off SET enable_mergejoin = off "
    "SET enable_seqscan = off SET jit = off",
    "analyze": "",
    # Tables of the inbox are hashed, or a hundred rows would be compared with a hundred each; names are looked up.
    "join_inbox": "PERFORM set_config('enable_hashjoin', 'on', true);",
    "joined": "PERFORM set_config('enable_hashjoin', 'off', true);",
    "streams": "LEFT JOIN LATERAL (SELECT x.n FROM stream x WHERE x.id = e.stream OFFSET 0) AS s ON true "
    "LEFT JOIN LATERAL (SELECT x.n FROM stream x WHERE x.id = e.to_stream OFFSET 0) AS ts ON true",
    "fold": "fold_book_few",
}
_MANY = {
    "name": "append_many",
    "options": "SET work_mem = '128MB' SET jit = off SET default_statistics_target = 1",
    "analyze": "ANALYZE in_record; ANALYZE in_entry; ANALYZE in_step; ANALYZE in_observation;",
    "join_inbox": "",
    "joined": "",
    "streams": "LEFT JOIN stream s ON s.id = e.stream LEFT JOIN stream ts ON ts.id = e.to_stream",
    "fold": "fold_book_many",
}
_INBOX = "NOT MATERIALIZED (SELECT * FROM in_resolved)"
_RECORDS = """MATERIALIZED (
        SELECT e.happened_at, e.from_n, e.to_n, e.stream_n, e.to_stream_n, e.mass_g,
               r.period, r.basis, r.sd_ppm, r.reverses IS NOT NULL AS reversal,
               coalesce(f.node_n, f.n) AS from_node, coalesce(t.node_n, t.n) AS to_node
        FROM entry e JOIN record r USING (seq)
        JOIN account f ON f.n = e.from_n JOIN account t ON t.n = e.to_n)"""
_MERGE = {"merge": "", "merged": ""}
_EMPTY = {"merge": "/* the table is empty:", "merged": "*/"}
_FOLDS = (
    {"name": "fold_book_few", "source": _INBOX, "options": _FEW["options"]} | _MERGE,
    {"name": "fold_book_many", "source": _INBOX, "options": "SET work_mem = '128MB'"} | _MERGE,
    {"name": "fold_book_again", "source": _RECORDS, "options": "SET work_mem = '256MB' SET jit = off"} | _EMPTY,
)


def _read(name: str) -> str:
    return files("wufei.journal").joinpath("sql", name).read_text(encoding="utf-8")


_PARTS = (
    ("entry", "in_entry", "entries"),
    ("step", "in_step", "steps"),
    ("observation", "in_observation", "observations"),
)


def _staged_one() -> str:
    """The parts of one staged record, looked up; for the rare record that is sent again."""
    forms = canonical.record_sql()
    columns = (
        f"(SELECT string_agg({forms[kind]}, ',' ORDER BY part) FROM {table} x WHERE x.ordinal = r.ordinal) AS {alias}"
        for kind, table, alias in _PARTS
    )
    return f"SELECT {', '.join(columns)}"


def _staged_all() -> str:
    """Joins that give every staged record its parts, aggregated once."""
    forms = canonical.record_sql()
    return " ".join(
        f"LEFT JOIN (SELECT ordinal, string_agg({forms[kind]}, ',' ORDER BY part) AS {alias} "
        f"FROM {table} GROUP BY ordinal) AS staged_{alias} USING (ordinal)"
        for kind, table, alias in _PARTS
    )


def append_sql(fill: dict[str, str]) -> str:
    """One of the two append functions, filled in."""
    known = canonical.sql_object(canonical.RECORD, id="r.id").replace(
        canonical.sql_time("known_at"), "'\"' || known || '\"'"
    )
    again = canonical.sql_object(canonical.RECORD, **_from_staged("old.known_at"))
    values = {
        "canon_new": known,
        "canon_again": again,
        "parts_of_staged": _staged_one(),
        "staged_parts": _staged_all(),
        **fill,
    }
    return _fill("append.sql", values)


def _fill(file: str, values: dict[str, str]) -> str:
    text = _read(file)
    for name, value in values.items():
        text = text.replace("{{" + name + "}}", value)
    return text


def _from_staged(known_at: str) -> dict[str, str]:
    own = {column: f"r.{column}" for _, column, how in canonical.RECORD if how.rstrip("?") != "parts"}
    parts = {column: f"p.{column}" for _, column, how in canonical.RECORD if how.rstrip("?") == "parts"}
    return own | parts | {"known_at": known_at}


def install_sql() -> str:
    """Everything that makes a journal in an empty database."""
    folds = [_fill("fold_book.sql", fill) for fill in _FOLDS]
    before = (_read(name) for name in ("tables.sql", "parties.sql", "functions.sql", "guard.sql"))
    after = (_read(name) for name in ("reading.sql", "summary.sql", "seal.sql", "rights.sql"))
    return "\n".join((*before, *folds, append_sql(_FEW), append_sql(_MANY), *after))
