"""The declared rules (data/national/access) by table, and what the hat's place takes in."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models

from wufei import catalog
from wufei.catalog.access import Access, Scope, Verb
from wufei.terms import NamedError

if TYPE_CHECKING:
    from wufei.registry.access.wearer import Wearer


class RuleMissing(NamedError):
    """A table that no file of data/national/access is about, or a rule that names what is not there."""

    code = "access_rule_missing"
    zh = "访问规则不全：{what}。"
    en = "An access rule is missing or wrong: {what}."
    remedy_zh = "请在 data/national/access 中补上或改正该表的规则。"
    remedy_en = "Add or mend the table's rule in data/national/access."


class _Kept:
    """The rules by table of the catalogue in force, and each place's descendants; made once per catalogue."""

    def __init__(self, known: catalog.Catalog) -> None:
        self.known = known
        self.rules: dict[str, Access] = {rule.id: rule for rule in known.national.items(Access.kind)}
        self.by_table = {rule.rows: rule for rule in self.rules.values() if rule.rows}
        self.below = _descendants(known)


_kept: _Kept | None = None


def kept() -> _Kept:
    """What is kept of the catalogue in force."""
    global _kept  # noqa: PLW0603  (one catalogue per process; a test may install another)
    known = catalog.current()
    if _kept is None or _kept.known is not known:
        _kept = _Kept(known)
    return _kept


def _descendants(known: catalog.Catalog) -> dict[str, frozenset[str]]:
    """Every place of every city with all that lies in it, itself included."""
    parent = {p.id: p.parent for scope in known.cities.values() for p in scope.places}
    below: dict[str, set[str]] = defaultdict(set)
    for place in parent:
        above: str | None = place
        while above is not None:
            below[above].add(place)
            above = parent.get(above)
    return {place: frozenset(found) for place, found in below.items()}


def rule(name: str) -> Access:
    """The rule with that id; raises RuleMissing."""
    found = kept().rules.get(name)
    if found is None:
        raise RuleMissing(what=name)
    return found


def rule_of(model: type[models.Model]) -> Access:
    """The rule for a model's rows; raises RuleMissing."""
    found = kept().by_table.get(model._meta.db_table)
    if found is None:
        raise RuleMissing(what=model._meta.db_table)
    return found


def model_of(rows: Access) -> type[models.Model]:
    """The model whose table the rule is about; raises RuleMissing."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.db_table == rows.rows:
            return model
    raise RuleMissing(what=f"{rows.id}: {rows.rows}")


def scopes(name: str, verb: Verb, hat: Wearer) -> tuple[Scope, ...]:
    """The scopes that the hat has under the rule ``name``: none, or several that add up."""
    return rule(name).scopes(verb, hat.role)


def places_in(place: str | None) -> frozenset[str]:
    """The place with all that lies in it; nothing for no place."""
    return kept().below.get(place, frozenset({place})) if place else frozenset()
