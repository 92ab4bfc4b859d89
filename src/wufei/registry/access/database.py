"""The declared rules in the database: row-level security for every table, made at each start by the tables' owner."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from importlib import resources
from typing import Any

from wufei.catalog.access import Access, Belongs, Verb
from wufei.registry.access.policy import kept, model_of

DOOR = "door"  # what sign-in itself may do, before a hat is known
_COMMANDS: tuple[tuple[str, Verb, str], ...] = (
    ("SELECT", "read", "USING ({0})"),
    ("INSERT", "change", "WITH CHECK (({0}){1})"),
    ("UPDATE", "change", "USING ({0}) WITH CHECK (({0}){1})"),
    ("DELETE", "change", "USING ({0})"),
)


def hat_key(secret: str) -> bytes:
    """The key that hats are signed with, made of the application's secret."""
    return hmac.digest(secret.encode(), b"wufei.hat 1", "sha256")


def apply(cursor: Any, secret: str) -> None:
    """Make both layers agree: the functions, each role's scopes, and a policy for every table with a rule.

    The cursor is the owner's, inside a transaction. Raises RuleMissing when a rule names no table.
    """
    for statement in (_read("access.sql"), *_content(), *_policies()):
        cursor.execute(statement)
    _write_key(cursor, hat_key(secret))


def _read(name: str) -> str:
    return (resources.files("wufei.registry") / "sql" / name).read_text(encoding="utf-8")


def _write_key(cursor: Any, key: bytes) -> None:
    block = key.ljust(hashlib.sha256().block_size, b"\0")
    pads = [bytes(byte ^ pad for byte in block) for pad in (0x36, 0x5C)]
    cursor.execute(
        "INSERT INTO access.key (inner_pad, outer_pad) VALUES (%s, %s) "
        "ON CONFLICT (one) DO UPDATE SET inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad",
        pads,
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _array(words: Any) -> str:
    return "ARRAY[" + ", ".join(map(_quoted, words)) + "]::text[]"


def _content() -> Iterator[str]:
    """The owner's tables: scopes of each role, places within each place, who hands out which role."""
    rules, grants = kept().rules.values(), kept().known.national.items("role_grants")
    scopes = [row for rule in rules for row in _scopes(rule)]
    places = [f"({_quoted(place)}, {_array(sorted(below))})" for place, below in sorted(kept().below.items())]
    given = [f"({_quoted(grant.id)}, {_array(grant.granted_by)})" for grant in grants]
    for table, values in (("scope", scopes), ("place", places), ("role_grant", given)):
        yield f"TRUNCATE access.{table}"
        yield f"INSERT INTO access.{table} VALUES {', '.join(values)}"  # noqa: S608  (the catalogue's own words, quoted)


def _scopes(rule: Access) -> Iterator[str]:
    verbs: tuple[Verb, ...] = ("read", "change")
    for verb in verbs:
        named = rule.read if verb == "read" else rule.change
        for role in named:
            yield f"({_quoted(role)}, {_quoted(rule.id)}, '{verb}', {_array(rule.scopes(verb, role))})"
        if rule.door in ("change", verb):
            yield f"('{DOOR}', {_quoted(rule.id)}, '{verb}', {_array(['all'])})"


def _policies() -> Iterator[str]:
    """Every table of the registry is closed; those with a rule are opened as far as it says."""
    yield """
        DO $$ DECLARE name text; BEGIN
            FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
                        AND (relname LIKE 'registry\\_%' OR relname = 'django_session') AND NOT relrowsecurity
            LOOP EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name); END LOOP;
            FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'journal'::regnamespace AND relkind = 'r'
                        AND NOT relrowsecurity
            LOOP EXECUTE format('ALTER TABLE journal.%I ENABLE ROW LEVEL SECURITY', name); END LOOP;
            FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'journal'::regnamespace AND relkind = 'v'
            LOOP EXECUTE format('ALTER VIEW journal.%I SET (security_invoker = true)', name); END LOOP;
        END $$"""
    for rule in kept().by_table.values():
        table = f"public.{rule.rows}"
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        for command, verb, form in _COMMANDS:
            kept_apart = _granting(rule) if command in {"INSERT", "UPDATE"} else ""
            wanted = condition(rule, verb)
            yield from _policy(table, command, form.format(wanted, kept_apart))
    for tables, wanted in journal_conditions():
        for name in tables:
            yield from _policy(f"journal.{name}", "SELECT", f"USING ({wanted.replace('{table}', name)})")


def _granting(rule: Access) -> str:
    """The further condition on a column that holds a role: one that the hat hands out."""
    return f" AND {rule.grants} = ANY ((SELECT access.grantable())::text[])" if rule.grants else ""


def _policy(table: str, command: str, form: str) -> Iterator[str]:
    name = f"hat_{command.lower()}"
    yield f"DROP POLICY IF EXISTS {name} ON {table}"
    yield f"CREATE POLICY {name} ON {table} FOR {command} {form}"


def journal_conditions() -> Iterator[tuple[tuple[str, ...], str]]:
    """The tables of the journal and the condition on their rows (``sql/access_journal.sql``; ``{table}`` is theirs)."""
    for part in re.split(r"^-- for: ", _read("access_journal.sql"), flags=re.MULTILINE)[1:]:
        head, _line, body = part.partition("\n")
        lines = [line for line in body.splitlines() if not line.startswith("--")]
        yield tuple(head.split()), "\n".join(lines).strip()


def condition(rule: Access, verb: Verb) -> str:
    """What a row of the rule's table must satisfy, in SQL; each function is asked once per query."""
    return _of(rule, verb, rule.belongs, "")


def _of(rule: Access, verb: Verb, belongs: Belongs, row: str) -> str:
    asked = f"({_quoted(rule.id)}, '{verb}')"
    named = rule.read if verb == "read" else rule.change
    used = {scope for role in named for scope in rule.scopes(verb, role)}
    parts = [f"(SELECT access.sees_all{asked})"]
    if used & {"org", "site", "place"}:
        parts += _whose(belongs, asked, row)
    if "own" in used:
        parts += [f"{row}{column} = (SELECT access.person_of{asked})" for column in belongs.person]
    if "published" in used and rule.published:
        shown = [f"{row}{column} = {_value(value)}" for column, value in rule.published.items()]
        parts.append(f"((SELECT access.has({asked[1:-1]}, 'published')) AND {' AND '.join(shown)})")
    for column, name in belongs.through.items():
        above = kept().rules[name]
        pk = model_of(above)._meta.pk.column  # type: ignore[union-attr]
        inner = _of(rule, verb, above.belongs, "above.")
        parts.append(f"EXISTS (SELECT FROM public.{above.rows} above WHERE above.{pk} = {row}{column} AND ({inner}))")
    return " OR ".join(parts)


def _value(value: bool | str) -> str:  # noqa: FBT001
    return str(value).lower() if isinstance(value, bool) else _quoted(value)


def _whose(belongs: Belongs, asked: str, row: str) -> Iterator[str]:
    """The parts for what belongs to an organisation, a site or a place, or to a person with a hat there."""
    for column in belongs.site:
        yield f"{row}{column} IN (SELECT unnest((SELECT access.sites_of{asked})))"
    for column in belongs.place:
        yield f"{row}{column} IN (SELECT unnest((SELECT access.places_of{asked})))"
    without_site = "".join(f"{row}{column} IS NULL AND " for column in belongs.site if column not in belongs.org)
    for column in belongs.org:
        yield f"{row}{column} = (SELECT access.org_of{asked})"
        yield f"({without_site}{row}{column} IN (SELECT unnest((SELECT access.orgs_in{asked}))))"
    if not (belongs.org or belongs.site or belongs.place):
        for column in belongs.person:
            yield f"{row}{column} IN (SELECT unnest((SELECT access.people_of{asked})))"
