"""The things that stand in forms by their ids: how each reads, what may be chosen, and what a typed text means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from psycopg import Connection

from wufei.catalog.forms import Form, LineField
from wufei.registry import directory
from wufei.registry.access import Wearer, visible
from wufei.registry.models import Facility, Permit, Person, Storage
from wufei.web.journal.asked import places, stream_id, stream_names
from wufei.web.journal.names import mass, moment
from wufei.web.language import lang
from wufei.web.links import item_url
from wufei.web.plan import Plan
from wufei.workflow.values import Values

SEPARATOR = " · "
REGISTERED = frozenset({"org", "site", "storage", "facility", "vehicle", "permit"})
PICKED = REGISTERED | {"person", "stream", "place"}
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """A value as people read it, with the page that it leads to and its language when that is not the page's."""

    text: str
    href: str = ""
    lang: str = ""


@dataclass
class Things:
    """The names of what the forms of one page hold: read once, for all of them."""

    plan: Plan
    hat: Wearer
    connection: Connection[Any]
    files: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # names and addresses of files, by id
    _names: dict[str, directory.Entry] = field(default_factory=dict)

    def load(self, forms: Iterable[tuple[Form, Values]], more: Iterable[str | None] = ()) -> None:
        """Read the names of everything on register that these forms hold: one query."""
        ids = {i for form, values in forms for i in _ids(form, values)} | {i for i in more if i}
        self._names |= directory.names(self.connection, ids - set(self._names))

    def knows(self, thing_id: str | None) -> bool:
        """Whether it is the id of something on register, among those that were loaded."""
        return thing_id in self._names

    def org(self, org_id: str | None) -> Shown:
        """An organisation; linked for whoever may see it."""
        if not org_id or org_id == "-":
            return Shown("")
        linked = self.hat.sees_all or org_id == self.hat.org
        found = self._names.get(org_id)
        other = None if found else self.plan.find("orgs", org_id)
        name = found.name(lang()) if found else other.name(lang()) if other else org_id
        return Shown(name, reverse("organisation", args=[self.plan.id, org_id]) if linked and found else "")

    def person(self, actor: str) -> Shown:
        """Who acted: the person under the hat by name, others by the number that the journal keeps."""
        return Shown(_("you") if actor == self.hat.actor else actor)

    def show(self, field: LineField, value: Any) -> Shown:
        """A value of a field."""
        if value in (None, ""):
            return Shown("")
        return _SHOW.get(field.type, _registered)(self, field, value)

    def typed(self, field: LineField, value: Any) -> str:
        """The value as the input of a form holds it."""
        if value in (None, ""):
            return ""
        if field.type in PICKED:
            name = self.show(field, value).text
            return f"{value}{SEPARATOR}{name}" if name and name != value else str(value)
        return str(value)


def _ids(form: Form, values: Values) -> Iterator[str]:
    for one in form.fields:
        held = values.get(one.id)
        if one.type in REGISTERED and held:
            yield str(held)
        for line in held or [] if one.type == "lines" else []:
            yield from (str(line[c.id]) for c in one.fields if c.type in REGISTERED and line.get(c.id))


def _registered(things: Things, field: LineField, value: Any) -> Shown:
    if field.type == "org":
        return things.org(str(value))
    found = things._names.get(str(value))
    return Shown(found.name(lang()) if found else str(value))


def _stream(things: Things, _field: LineField, value: Any) -> Shown:
    found = things.plan.find("streams", str(value))
    if found is None:
        return Shown(str(value))
    return Shown(f"{found.code or found.id} {found.name(lang())}", item_url(things.plan, "streams", found.id))


def _place(things: Things, _field: LineField, value: Any) -> Shown:
    found = things.plan.find("places", str(value))
    return Shown(found.name(lang()) if found else str(value))


def _choice(_things: Things, field: LineField, value: Any) -> Shown:
    option = next((o for o in field.options if o.id == value), None)
    return Shown((option.en if lang() == "en" else option.zh) if option else str(value))


def _moment(_things: Things, _field: LineField, value: Any) -> Shown:
    return Shown(moment(datetime.fromisoformat(str(value))))


def _plain(_things: Things, _field: LineField, value: Any) -> Shown:
    return Shown(str(value))


def _file(things: Things, _field: LineField, value: Any) -> Shown:
    """A file by its name; one that nobody here may have by its id."""
    return Shown(*things.files.get(str(value), (str(value), "")))


def _free(_things: Things, _field: LineField, value: Any) -> Shown:
    return Shown(str(value), lang="und")


def _number(_things: Things, field: LineField, value: Any) -> Shown:
    if field.counts and str(value).isdecimal():
        return Shown(str(int(value) + 1))
    return Shown(f"{value} {field.unit}" if field.unit else str(value))


_SHOW: dict[str, Callable[[Things, LineField, Any], Shown]] = {
    "stream": _stream,
    "place": _place,
    "choice": _choice,
    "attachment": _file,
    "yes_no": lambda _t, _f, value: Shown(_("yes") if value else _("no")),
    "mass": lambda _t, _f, value: Shown(mass(int(value))),
    "moment": _moment,
    "number": _number,
    "date": _plain,
    "text": _free,
    "long_text": _free,
    "person": lambda things, _f, value: things.person(str(value)),
    "operation": _plain,
    "lot": _plain,
}


def choices(things: Things, kind: str, words: str = "", owners: Iterable[str] = ()) -> list[str]:
    """What may be chosen for a kind of thing, as the options of an input: ``id · name``."""
    return [SEPARATOR.join(filter(None, parts)) for parts in _CHOICES.get(kind, _none)(things, words, list(owners))]


Parts = Iterable[tuple[str, ...]]


def _none(_things: Things, _words: str, _owners: list[str]) -> Parts:
    return ()


def _directory(kind: str) -> Callable[[Things, str, list[str]], Parts]:
    def found(things: Things, words: str, owners: list[str]) -> Parts:
        entries = directory.find(things.connection, kind, words, owners)
        return [(e.id, e.name(lang()), e.more) for e in entries]

    return found


def _own(rows: QuerySet[Any], name: str, **owner: str) -> Callable[[Things, str, list[str]], Parts]:
    def found(things: Things, words: str, _owners: list[str]) -> Parts:
        wanted = {f"{name}__icontains": words} if words else {}
        bound = {key: getattr(things.hat, value) for key, value in owner.items() if getattr(things.hat, value)}
        shown = visible(rows.all(), things.hat).filter(**wanted, **bound).order_by(name)[:SHOWN]
        return [(row.pk, str(getattr(row, name))) for row in shown]

    return found


def _streams(things: Things, words: str, _owners: list[str]) -> Parts:
    if not words:
        return ()
    held = [i for i in stream_names(things.plan).ids.values() if _holds(f"{i.id} {i.code or ''} {i.zh} {i.en}", words)]
    return [(i.id, f"{i.code or ''} {i.name(lang())}".strip()) for i in held[:20]]


def _places(things: Things, words: str, _owners: list[str]) -> Parts:
    return [(pk, name) for pk, name in places(things.plan) if _holds(f"{pk} {name}", words)][:SHOWN]


def _people(things: Things, _words: str, _owners: list[str]) -> Parts:
    own = [(things.hat.actor, _("you"))]
    rows = visible(Person.objects.filter(is_active=True), things.hat)
    if not things.hat.org:
        return own
    others = rows.filter(hats__org=things.hat.org, hats__ended_at=None).exclude(pk=things.hat.person_id).distinct()
    return own + [(person.actor, person.full_name or person.username) for person in others[:SHOWN]]


def _holds(text: str, words: str) -> bool:
    folded = text.casefold()
    return all(word in folded for word in words.casefold().split())


_CHOICES: Mapping[str, Callable[[Things, str, list[str]], Parts]] = {
    "org": _directory("org"),
    "site": _directory("site"),
    "vehicle": _directory("vehicle"),
    "storage": _own(Storage.objects.filter(closed_on=None), "name_zh", site__org="org"),
    "facility": _own(Facility.objects.filter(closed_on=None), "name_zh", site__org="org"),
    "permit": _own(Permit.objects.filter(revoked_on=None), "number", org="org"),
    "person": _people,
    "stream": _streams,
    "place": _places,
}


def meant(things: Things, field: LineField, text: str) -> str:
    """The id that somebody typed or chose: what stands before the dot, or the only thing of that very name."""
    head = text.split(SEPARATOR, maxsplit=1)[0].strip()
    if field.type == "stream":
        return stream_id(things.plan, head) or head
    if field.type not in PICKED or head.isascii():
        return head
    same = [c for c in choices(things, field.type, head, [things.hat.org or ""]) if c.split(SEPARATOR)[1:2] == [head]]
    return same[0].split(SEPARATOR)[0] if len(same) == 1 else head
