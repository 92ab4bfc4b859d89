"""Entries that may be one organisation: the same organisation code, the same name, or a name that is near."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q

from wufei.registry.models import Organisation

NEAR = 0.45  # of 1: how alike two names are that a person should look at
_CODE_FROM, _CODE_TO = 8, 17


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Another entry, why it may be the same (``code``, ``name``, ``near``) and how alike the names are (0–1)."""

    org: Organisation
    why: str
    likeness: float


def folded(name: str) -> str:
    """A name without brackets, gaps and the legal form, by which the same name is told."""
    return re.sub(r"[\s()（）]|有限责任公司|股份有限公司|有限公司", "", name).casefold()


def suggestions(org: Organisation, limit: int = 10) -> list[Suggestion]:
    """Entries that may be the same as ``org``, the surest first; those already merged are left out."""
    open_ = Organisation.objects.filter(merged_into=None).exclude(pk=org.pk)
    found = {s.org.pk: s for s in (*_near(org, open_, limit), *_named(org, open_), *_coded(org, open_))}
    order = {"code": 0, "name": 1, "near": 2}
    return sorted(found.values(), key=lambda s: (order[s.why], -s.likeness, s.org.pk))[:limit]


def _coded(org: Organisation, others: object) -> Iterator[Suggestion]:
    """The organisation code inside a credit code stays when the rest of it changes (a move, a new authority)."""
    if org.credit_code:
        inner = org.credit_code[_CODE_FROM:_CODE_TO]
        for other in others.filter(credit_code__contains=inner):  # type: ignore[attr-defined]
            if other.credit_code[_CODE_FROM:_CODE_TO] == inner:
                yield Suggestion(other, "code", 1.0)


def _named(org: Organisation, others: object) -> Iterator[Suggestion]:
    names = [org.name_zh, *org.aliases]
    for other in others.filter(Q(name_zh__in=names) | Q(aliases__overlap=names)):  # type: ignore[attr-defined]
        yield Suggestion(other, "name", 1.0)


def _near(org: Organisation, others: object, limit: int) -> Iterator[Suggestion]:
    near = others.filter(name_zh__trigram_similar=org.name_zh)  # type: ignore[attr-defined]
    near = near.annotate(likeness=TrigramSimilarity("name_zh", org.name_zh)).filter(likeness__gte=NEAR)
    for other in near.order_by("-likeness", "pk")[:limit]:
        same = folded(other.name_zh) == folded(org.name_zh)
        yield Suggestion(other, "name" if same else "near", float(other.likeness))
