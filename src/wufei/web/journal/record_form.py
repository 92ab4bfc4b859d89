"""The form of a record: what a person fills in becomes the same plain JSON that programs send."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wufei.journal import Record
from wufei.journal.stocktake import ROLES
from wufei.terms import Mass, MassUnreadable, Period, PeriodUnreadable
from wufei.web.journal.asked import stream_id
from wufei.web.language import lang
from wufei.web.plan import Plan
from wufei.web.wording import WORDS, say

Places = Sequence[tuple[str, str]]
UNITS = (("吨", "t"), ("千克", "kg"), ("克", "g"), ("万吨", "10⁴ t"))
MOST_ENTRIES = 50
DAY_TIME = "%Y-%m-%dT%H:%M"


def _choices(group: str) -> list[tuple[str, str]]:
    return [(word, say(group, word)) for word in WORDS[group]]


class RecordForm(forms.Form):
    """When, for which period, on which basis and rule; the entries stand beside it."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    happened_at = forms.DateTimeField(
        label=gettext_lazy("Happened at"),
        input_formats=[DAY_TIME, "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=DAY_TIME),
    )
    period = forms.CharField(
        label=gettext_lazy("Reporting period"), max_length=10, help_text=gettext_lazy("2025-03, 2025Q1, 2025H1 or 2025")
    )
    basis = forms.ChoiceField(label=gettext_lazy("Basis"))
    source = forms.ChoiceField(label=gettext_lazy("Rule"))
    clause = forms.CharField(label=gettext_lazy("Clause"), max_length=120)
    note = forms.CharField(
        label=gettext_lazy("Remark"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, plan: Plan, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["basis"].choices = _choices("basis")
        self.fields["source"].choices = _sources(plan)

    def clean_period(self) -> str:
        """A period that can be read."""
        try:
            return str(Period.parse(self.cleaned_data["period"]))
        except PeriodUnreadable as error:
            raise forms.ValidationError(f"{error.text(lang())} {error.remedy(lang())}") from error

    def payload(self) -> dict[str, Any]:
        """What the form says, without entries and evidence."""
        said = self.cleaned_data
        return {
            "id": str(said["id"]),
            "happened_at": said["happened_at"].isoformat(),
            "period": said["period"],
            "basis": said["basis"],
            "rule": f"{said['source']} {said['clause'].strip()}".strip(),
        } | ({"note": said["note"]} if said["note"] else {})


def _sources(plan: Plan) -> list[tuple[str, str]]:
    language = lang()
    found: list[tuple[str, str]] = plan.kept(
        ("source options", language), lambda: [(s.id, s.name(language)) for s in plan.items("sources")]
    )
    return found


class AmountForm(forms.Form):
    """So much of a stream; ``masses`` are the fields that the unit is for."""

    stream = forms.CharField(label=gettext_lazy("Waste stream"), max_length=120)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), initial="吨")
    masses: tuple[str, ...] = ("mass",)

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._plan = plan
        english = lang() == "en"
        self.fields["unit"].choices = [(zh, en if english else zh) for zh, en in UNITS]
        for name in {"stream", "to_stream"} & self.fields.keys():
            self.fields[name].widget.attrs |= {"list": "streams", "autocomplete": "off"}
        for name in self.masses:
            self.fields[name].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def clean_stream(self) -> str:
        """The id of the stream that was named."""
        return self._stream("stream")

    def _stream(self, name: str) -> str:
        found = stream_id(self._plan, self.cleaned_data[name])
        if found is None:
            raise forms.ValidationError(_("No stream, or more than one, has this name; choose from the list."))
        return found

    def clean(self) -> dict[str, Any]:
        """The masses must be exact to the gram."""
        said: dict[str, Any] = super().clean() or {}
        for name in self.masses:
            if said.get(name) and said.get("unit"):
                try:
                    Mass.parse(said[name], said["unit"])
                except MassUnreadable as error:
                    self.add_error(name, f"{error.text(lang())} {error.remedy(lang())}")
        return said

    def grams(self, name: str) -> int:
        """A mass in whole grams; 0 where nothing is written."""
        said = self.cleaned_data
        return Mass.parse(said[name], said["unit"]).g if said[name] else 0


class EntryForm(AmountForm):
    """One entry: from an account, to an account, of a stream, how much."""

    from_role = forms.ChoiceField(label=gettext_lazy("From role"), initial="origin")
    from_place = forms.ChoiceField(label=gettext_lazy("From place"), required=False)
    from_detail = forms.CharField(label=gettext_lazy("Detail"), max_length=80, required=False)
    to_role = forms.ChoiceField(label=gettext_lazy("To role"), initial="storage")
    to_place = forms.ChoiceField(label=gettext_lazy("To place"), required=False)
    to_detail = forms.CharField(label=gettext_lazy("Detail"), max_length=80, required=False)
    to_stream = forms.CharField(label=gettext_lazy("Stream on arrival, if it changes"), max_length=120, required=False)
    mass = forms.CharField(label=gettext_lazy("Mass"), max_length=40)

    def __init__(self, *args: Any, plan: Plan, at: Places, **kwargs: Any) -> None:
        super().__init__(*args, plan=plan, **kwargs)
        for side in ("from", "to"):
            self.fields[f"{side}_role"].choices = _choices("account_role")
            self.fields[f"{side}_place"].choices = _with_none(at)

    def clean_to_stream(self) -> str:
        """The id of the stream on arrival; empty when it stays the same."""
        return self._stream("to_stream") if self.cleaned_data["to_stream"] else ""

    def payload(self) -> dict[str, str]:
        """The entry as programs send it."""
        said = self.cleaned_data
        arrival = {"to_stream": said["to_stream"]} if said["to_stream"] not in {"", said["stream"]} else {}
        return {
            "from": _key(said, "from_"),
            "to": _key(said, "to_"),
            "stream": said["stream"],
            "mass": str(Mass.parse(said["mass"], said["unit"])),
        } | arrival


class CountForm(AmountForm):
    """What was counted on an account, and the difference that is of no account."""

    role = forms.ChoiceField(label=gettext_lazy("Role of the account"), initial="storage")
    place = forms.ChoiceField(label=gettext_lazy("Place"), required=False)
    detail = forms.CharField(label=gettext_lazy("Detail"), max_length=80, required=False)
    counted = forms.CharField(label=gettext_lazy("Counted"), max_length=40)
    tolerance = forms.CharField(label=gettext_lazy("Tolerance"), max_length=40, required=False)
    masses = ("counted", "tolerance")

    def __init__(self, *args: Any, plan: Plan, at: Places, **kwargs: Any) -> None:
        super().__init__(*args, plan=plan, **kwargs)
        self.fields["role"].choices = [(word, say("account_role", word)) for word in ROLES]
        self.fields["place"].choices = _with_none(at)

    def payload(self) -> dict[str, Any]:
        """The count as programs send it."""
        said = self.cleaned_data
        masses = {"counted_g": self.grams("counted"), "tolerance_g": self.grams("tolerance")}
        return {"account": _key(said, ""), "stream": said["stream"]} | masses


def initial_count(at: Places, account: str, stream: str) -> dict[str, str]:
    """The account of a statement as the form's first values."""
    return _side("", account, at) | {"stream": stream} if account else {}


def _with_none(at: Places) -> list[tuple[str, str]]:
    return [("", _("none (see the detail)")), *at]


def _key(said: dict[str, Any], side: str) -> str:
    """``role:place/detail``; without a place the detail stands in its stead, without either ``unknown``."""
    role, place = said[f"{side}role"], said[f"{side}place"]
    detail = "-".join(said[f"{side}detail"].split())
    rest = f"{place}/{detail}" if place and detail else place or detail or "unknown"
    return f"{role}:{rest}"


EntryForms = forms.formset_factory(
    EntryForm, extra=0, min_num=1, max_num=MOST_ENTRIES, validate_min=True, validate_max=True, absolute_max=MOST_ENTRIES
)


def initial_record(record: Record) -> dict[str, Any]:
    """A record as the form's first values, for a correction."""
    source, _space, clause = record.rule.partition(" ")
    return {
        "happened_at": timezone.localtime(record.happened_at),
        "period": record.period,
        "basis": record.basis,
        "source": source,
        "clause": clause,
        "note": record.note,
    }


def initial_entries(at: Places, record: Record) -> list[dict[str, Any]]:
    """Entries as the forms' first values; masses in tonnes."""
    return [
        _side("from_", e.from_account, at)
        | _side("to_", e.to_account, at)
        | {"stream": e.stream, "to_stream": e.to_stream or "", "mass": f"{Mass(e.mass_g).to('吨'):f}", "unit": "吨"}
        for e in record.entries
    ]


def _side(side: str, key: str, at: Places) -> dict[str, str]:
    role, _colon, rest = key.partition(":")
    place, _slash, detail = rest.partition("/")
    if place not in {known for known, _name in at}:
        place, detail = "", rest if rest != "unknown" else ""
    return {f"{side}role": role, f"{side}place": place, f"{side}detail": detail}


def evidence_of(files: Iterable[UploadedFile]) -> list[dict[str, str]]:
    """Name and SHA-256 of each document; the documents themselves are not kept."""
    return [{"kind": "document", "name": str(file.name)[:200], "sha256": _digest(file)} for file in files]


def _digest(file: UploadedFile) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return digest.hexdigest()
