"""The inputs of a form: what each shows, and what the text typed into it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from wufei.catalog.forms import LineField
from wufei.terms import Mass, NamedError
from wufei.web.cases.things import PICKED, Things, choices, meant
from wufei.web.language import lang

UNITS = (("吨", "t"), ("千克", "kg"), ("克", "g"))
MINUTE = "%Y-%m-%dT%H:%M"
G_PER_T, G_PER_KG = 1_000_000, 1000
INPUTS = {"date": "date", "moment": "datetime-local"}


class Unreadable(Exception):
    """What was typed cannot be read; the words say why, in the reader's language."""


@dataclass
class Box:
    """One input with its label, what it holds as text, and what is wrong with it; ``fixed`` shows a value instead."""

    name: str
    field: LineField
    label: str
    value: str = ""
    unit: str = "吨"
    must: bool = False
    fixed: Any = None
    help: str = ""
    picks: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Which input it is: select, mass, area, pick or the type of an ordinary one."""
        return _KINDS.get(self.field.type) or ("pick" if self.field.type in PICKED else "input")

    @property
    def type(self) -> str:
        """The type attribute of an ordinary input."""
        return INPUTS.get(self.field.type, "text")

    @property
    def options(self) -> list[tuple[str, str]]:
        """The choices of a select, an empty one first."""
        if self.field.type == "yes_no":
            return [("", ""), ("yes", _("yes")), ("no", _("no"))]
        english = lang() == "en"
        return [("", ""), *((o.id, o.en if english else o.zh) for o in self.field.options)]

    @property
    def units(self) -> list[tuple[str, str]]:
        """The units in which a mass may be typed."""
        return [(zh, en if lang() == "en" else zh) for zh, en in UNITS]

    @property
    def fits(self) -> bool:
        """Whether it is one of many words and takes the whole width."""
        return self.field.type == "long_text"


_KINDS = {"attachment": "file", "choice": "select", "yes_no": "select", "mass": "mass", "long_text": "area"}


def box(things: Things, one: LineField, name: str, held: Any, given: Mapping[str, Any] | None) -> Box:
    """The input of a field: with what was typed when something was, else with what the case holds."""
    made = Box(name, one, one.label(lang()), help=one.help_en if lang() == "en" else one.help_zh)
    if given is not None and name in given:
        made.value, made.unit = str(given.get(name, "")), str(given.get(f"{name}-unit", "吨"))
    else:
        made.value, made.unit = _held(things, one, held)
    return made


def _held(things: Things, one: LineField, held: Any) -> tuple[str, str]:
    if held in (None, ""):
        return "", "吨"
    if one.counts:
        return counted(held), ""
    return _WRITE.get(one.type, lambda value: things.typed(one, value))(held), _unit(one, held)


def counted(index: Any) -> str:
    """The number of a line as people count it, from 1; what is no number stays as it was typed."""
    return str(int(index) + 1) if str(index).isascii() and str(index).isdigit() else str(index)


def _unit(one: LineField, held: Any) -> str:
    return "千克" if one.type == "mass" and 0 < int(held) < G_PER_T else "吨"


def _mass_typed(grams: Any) -> str:
    size = G_PER_KG if 0 < int(grams) < G_PER_T else G_PER_T
    return f"{(Decimal(int(grams)) / size).normalize():f}"


def _moment_typed(value: Any) -> str:
    return timezone.localtime(datetime.fromisoformat(str(value))).strftime(MINUTE)


_WRITE: dict[str, Callable[[Any], str]] = {
    "mass": _mass_typed,
    "moment": _moment_typed,
    "yes_no": lambda value: "yes" if value else "no",
}


def offer(things: Things, boxes: list[Box], owners: list[str]) -> None:
    """What may be chosen without typing first: things of one's own, and of the organisations named in the form."""
    made: dict[str, list[str]] = {}
    for each in boxes:
        if each.kind == "pick" and each.fixed is None:
            kind = each.field.type
            each.picks = made.setdefault(kind, choices(things, kind, "", owners))


def read(things: Things, one: LineField, name: str, given: Mapping[str, Any]) -> Any:
    """The value that the typed text means; None when it is empty. Raises Unreadable."""
    text = str(given.get(name, "")).strip()
    if not text:
        return None
    try:
        return _READ.get(one.type, _text)(things, one, text, str(given.get(f"{name}-unit", "吨")))
    except NamedError as error:
        raise Unreadable(f"{error.text(lang())} {error.remedy(lang())}") from error


def _text(things: Things, one: LineField, text: str, _unit: str) -> Any:
    if one.counts:
        return _from_zero(text)
    return meant(things, one, text) if one.type in PICKED else text


def _from_zero(text: str) -> str:
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise Unreadable(_("Write a whole number; the first line is 1."))
    return str(int(text) - 1)


def _mass(_things: Things, _one: LineField, text: str, unit: str) -> int:
    return Mass.parse(text, unit).g


def _moment(_things: Things, _one: LineField, text: str, _unit: str) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Unreadable(_("Write a date and a time, such as 2025-12-31 08:00.")) from error
    return (timezone.make_aware(at) if at.tzinfo is None else at).isoformat()


def _yes_no(_things: Things, _one: LineField, text: str, _unit: str) -> Any:
    return {"yes": True, "no": False}.get(text, text)


_READ: dict[str, Callable[[Things, LineField, str, str], Any]] = {
    "mass": _mass,
    "moment": _moment,
    "yes_no": _yes_no,
}
