"""Documents of cases: what a step brings, kept in the store of attachments, and what stands with the steps taken."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.urls import reverse
from psycopg import Connection

from wufei.catalog.forms import Form
from wufei.journal import Evidence
from wufei.journal.asking import ask
from wufei.registry import attachments
from wufei.registry.attachments import Incoming
from wufei.registry.models import Attachment, Organisation, Person
from wufei.terms import NamedError
from wufei.web.journal.record_form import evidence_of
from wufei.web.language import lang
from wufei.workflow.engine import Case, Taken
from wufei.workflow.values import Values

KIND, PURPOSE = "document", "evidence"
MOST = 20  # of one step
PICTURES = frozenset({"image/png", "image/jpeg"})
LARGEST_LOOK_BYTES = 4 << 20


@dataclass
class Brought:
    """What comes with a form: files chosen now and those kept when it was sent before; nothing chosen is lost."""

    request: HttpRequest
    kept: list[Attachment] = field(default_factory=list)
    loose: list[dict[str, str]] = field(default_factory=list)  # recorded by hash alone: of a hat without organisation
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Take what was sent; what is wrong with a file is told at the input."""
        if self.request.method != "POST":
            return
        self.person = cast(Person, self.request.user)
        self.org = Organisation.objects.filter(pk=self.request.hat.org).first() if self.request.hat.org else None
        before = self.request.POST.getlist("kept")[:MOST]
        if before:
            own = Attachment.objects.filter(pk__in=before, uploaded_by=self.person.pk, purpose=PURPOSE)
            self.kept = list(own.filter(withdrawn_at=None, erased_at=None).order_by("uploaded_at", "pk"))
        for file in self.request.FILES.getlist("evidence")[: MOST - len(self.kept)]:
            if self.org is None:
                self.loose += evidence_of([file])
            elif (one := self._keep(file, self.errors)) is not None and one.sha256 not in {k.sha256 for k in self.kept}:
                self.kept.append(one)

    def _keep(self, file: UploadedFile, errors: list[str]) -> Attachment | None:
        try:
            incoming = Incoming(str(file.name), file.chunks())
            return attachments.receive(incoming, cast(Organisation, self.org), self.person, PURPOSE)
        except NamedError as error:
            errors.append(f"{file.name}: {error.text(lang())} {error.remedy(lang())}")
            return None

    def given(self) -> Mapping[str, Any]:
        """What was typed, with the id of each file that was chosen for a field of the form in the field's place."""
        typed = self.request.POST.copy()
        for name, file in self.request.FILES.items():
            if name.startswith("f-") and self.org is not None:
                one = self._keep(cast(UploadedFile, file), self.errors)
                if one is not None:
                    typed[name] = one.pk
        return typed

    def evidence(self) -> tuple[Evidence, ...]:
        """As a step records it."""
        kept = [Evidence(KIND, one.name, one.sha256) for one in self.kept]
        return (*kept, *(Evidence(each["kind"], each["name"], each["sha256"]) for each in self.loose))


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a step; ``href`` leads to its content where it is kept, ``look`` to the picture itself."""

    name: str
    sha256: str
    href: str = ""
    look: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that stands with a step and can be had."""

    id: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    org: str


_SAID = "SELECT id, note, evidence FROM journal.record WHERE id = ANY (%s)"
_FILES = "SELECT person, name, id, file_name, media_type, size_bytes, sha256, org FROM public.registry_files_of(%s, %s)"


class Documents:
    """The remarks and documents of the steps of one case, and the files behind them: two queries."""

    def __init__(self, connection: Connection[Any], form: Form, case: Case) -> None:
        rows = ask(connection, _SAID, ([step.record for step in case.steps],)).fetchall()
        said = {pk: (note, json.loads(told) if isinstance(told, str) else told or []) for pk, note, told in rows}
        self.notes = {pk: note for pk, (note, _told) in said.items() if note}
        self._evidence = {pk: told for pk, (_note, told) in said.items()}
        named = {(n, name) for step in case.steps for n, name in self._named(form, step)}
        persons, names = [n for n, _name in named], [name for _n, name in named]
        found = ask(connection, _FILES, (persons, names)).fetchall() if named else []
        self._files = {(row[0], row[1]): Kept(*row[2:]) for row in found}

    def _named(self, form: Form, step: Taken) -> Iterator[tuple[int, str]]:
        """Whoever took the step, with each content and each file that it names."""
        if (person := _person(step)) is not None:
            for each in self._evidence.get(step.record, ()):
                yield person, str(each.get("sha256", ""))
            for name in named_files(form, step.data.get("set", {})):
                yield person, name

    @property
    def files(self) -> dict[str, Kept]:
        """Every file that can be had, by its id."""
        return {kept.id: kept for kept in self._files.values()}

    def of(self, city: str, case: Case, step: Taken) -> tuple[Document, ...]:
        """The documents of a step as the page shows them."""
        told = self._evidence.get(step.record, ())
        return tuple(self._document(city, case, step, each) for each in told)

    def _document(self, city: str, case: Case, step: Taken, told: Mapping[str, Any]) -> Document:
        name, sha256 = str(told.get("name", "")), str(told.get("sha256", ""))
        kept = self._files.get((_person(step) or 0, sha256))
        if kept is None:
            return Document(name, sha256)
        href = reverse("case-file", args=[city, case.id, kept.id])
        looks = kept.media_type in PICTURES and kept.size_bytes <= LARGEST_LOOK_BYTES
        return Document(name, sha256, href, f"{href}?look=1" if looks else "")


def named_files(form: Form, values: Values) -> Iterator[str]:
    """The ids of files in the fields of a form, and in the columns of its lines."""
    for one in form.fields:
        held = values.get(one.id)
        if one.type == "attachment" and held:
            yield str(held)
        columns: Sequence[str] = [c.id for c in one.fields if c.type == "attachment"]
        for line in held or [] if columns else []:
            yield from (str(line[column]) for column in columns if line.get(column))


def _person(step: Taken) -> int | None:
    """The number of whoever took the step; None when it was no person."""
    number = step.actor.removeprefix("person-")
    return int(number) if step.actor.startswith("person-") and number.isascii() and number.isdigit() else None
