"""The registry rows that sheets enter or amend: how each is recognised, what it refers to, how it is written."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from django.db import models, transaction

from wufei.catalog import Catalog
from wufei.intake.magnitude import Remark
from wufei.intake.registry_orgs import Orgs
from wufei.registry import permits
from wufei.registry.closing import PlateInUse, must_be_open
from wufei.registry.credit_code import narrowed
from wufei.registry.duplicates import suggestions
from wufei.registry.fleet import VEHICLE
from wufei.registry.keeping import Entity, fill, problems_of
from wufei.registry.models import Organisation, Permit, Site, Tenure, Vehicle
from wufei.registry.organisations import ORGANISATION
from wufei.registry.plates import narrowed as plate_of
from wufei.registry.sites import SITE
from wufei.terms import NamedError

Values = dict[str, Any]


class RowRepeated(NamedError):
    """Two rows of a sheet are about the same thing."""

    code = "row_repeated"
    zh = "与第 {first} 行是同一项（{key}）。"
    en = "It is the same as row {first} ({key})."
    remedy_zh = "请把两行合成一行。"
    remedy_en = "Make the two rows one."


class SiteNotFound(NamedError):
    """A sheet refers to a site that the organisation does not hold."""

    code = "site_not_found"
    zh = "“{org}”没有“{cell}”这个场所。"
    en = "“{org}” has no site “{cell}”."
    remedy_zh = "请先导入场所登记表，或核对场所名称。"
    remedy_en = "Import the sites first, or check the site's name."


@dataclass(slots=True)
class Planned:
    """A row of the sheet and what is to become of it: ``status`` is new, changed, unchanged or refused.

    ``changes`` are the fields that change, each with what stands and what is to stand.
    """

    row: int
    cells: list[Any]
    values: Values
    status: str = "refused"
    name: str = ""
    target: Any = None
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    problems: list[NamedError] = field(default_factory=list)


class Kind(ABC):
    """One kind of row, entered in bulk: ``resource`` names its rule in data/national/access, ``entity`` its fields."""

    resource: ClassVar[str]
    entity: ClassVar[Entity[Any]]

    def __init__(self, catalog: Catalog, day: date) -> None:
        self.catalog, self.day = catalog, day
        self.orgs = Orgs()
        self.found: dict[Hashable, Any] = {}
        self.seen: dict[Hashable, int] = {}

    def apply(self, batch: list[Planned], *, write: bool) -> None:
        """Decide about the rows of a batch; ``write`` what is new or changed, within the caller's transaction."""
        self.fetch([planned.values for planned in batch])
        for planned in batch:
            try:
                self._plan(planned)
            except NamedError as error:
                planned.problems = list(problems_of(error))
        if write:
            by_status = {s: [p.target for p in batch if p.status == s] for s in ("new", "changed")}
            self.write(by_status["new"], by_status["changed"])

    def _plan(self, planned: Planned) -> None:
        values = self.resolve(planned.values)
        planned.name = self.names(values)
        key = self.key(values)
        row = self.found.get(key)
        new = row is None
        row = self.entity.model() if new else row
        before = {} if new else self._standing(row, values)
        planned.problems = self.fill(row, values, new=new)
        if planned.problems:
            if not new:
                row.refresh_from_db()
            return
        if key in self.seen:
            raise RowRepeated(first=self.seen[key], key=planned.name)
        self.seen[key], planned.target = planned.row, row
        after = self._standing(row, values)
        planned.changes = {name: (was, after[name]) for name, was in before.items() if was != after[name]}
        planned.status = "new" if new else "changed" if planned.changes else "unchanged"

    def _standing(self, row: Any, values: Values) -> Values:
        return {name: getattr(row, name) for name in values if name in self.entity.readers}

    def fetch(self, batch: list[Values]) -> None:
        """Look up what the rows of a batch refer to and may amend."""
        self.orgs.fetch(values["org"] for values in batch if values.get("org"))

    def resolve(self, values: Values) -> Values:
        """The values with references in place of texts; an error's ``place`` is the field."""
        if not values.get("org"):
            return values
        try:
            return values | {"org": self.orgs.get(values["org"])}
        except NamedError as error:
            error.place = "org"
            raise

    def amended(self, batch: list[Values]) -> list[str]:
        """The ids of the rows on register that a batch is about."""
        self.fetch(batch)
        return [row.pk for row in self.found.values()]

    def remarks(self, planned: list[Planned]) -> list[Remark]:  # noqa: ARG002
        """What somebody should look at before the rows of a batch stand, though nothing is wrong with them."""
        return []

    @abstractmethod
    def key(self, values: Values) -> Hashable:
        """What makes a row this one."""

    @abstractmethod
    def names(self, values: Values) -> str:
        """How a preview names the row."""

    def fill(self, row: Any, values: Values, *, new: bool) -> list[NamedError]:
        """Set the row's fields; returns everything that is wrong."""
        problems = fill(self.entity, row, values, self.catalog)
        if new and not problems:
            try:
                must_be_open(row, self.day)
            except NamedError as error:
                error.place = "org"
                problems.append(error)
        return problems

    def write(self, new: list[Any], changed: list[Any]) -> None:
        """Write the rows of a batch."""
        self.entity.model._default_manager.bulk_create(new)
        for row in changed:
            row.save()


LOOKED_AT = 100  # new organisations of a sheet whose likes are looked for


class Organisations(Kind):
    """Organisations, by credit code; without one by name among those that have none."""

    resource = "organisations"
    entity = ORGANISATION
    _DECLARED = frozenset({"name_zh", "name_en", "kind", "place", "aliases"})
    _looked = 0

    def fetch(self, batch: list[Values]) -> None:
        """Those with the codes, and those with the names and no code."""
        codes = [narrowed(values["credit_code"]) for values in batch if values.get("credit_code")]
        names = [values["name_zh"] for values in batch if values.get("name_zh") and not values.get("credit_code")]
        where = models.Q(credit_code__in=codes) | models.Q(name_zh__in=names, credit_code=None, merged_into=None)
        for org in Organisation.objects.filter(where):
            self.found[("code", org.credit_code) if org.credit_code else ("name", org.name_zh)] = org

    def key(self, values: Values) -> Hashable:
        """Code, else name."""
        code = values.get("credit_code")
        return ("code", narrowed(code)) if code else ("name", values.get("name_zh"))

    def names(self, values: Values) -> str:
        """The name."""
        return str(values.get("name_zh", ""))

    def fill(self, row: Any, values: Values, *, new: bool) -> list[NamedError]:
        """What the catalogue says of a body of the plan stays; an alias is added to those there are."""
        told = {k: v for k, v in values.items() if not (row.declared and k in self._DECLARED)}
        if told.get("aliases"):
            told["aliases"] = [*row.aliases, told["aliases"]]
        return super().fill(row, told, new=new)

    def remarks(self, planned: list[Planned]) -> list[Remark]:
        """New organisations that look like one on register."""
        found = []
        for each in [p for p in planned if p.status == "new"][: LOOKED_AT - self._looked]:
            self._looked += 1
            likes = "、".join(s.org.name_zh for s in suggestions(each.target, 3))
            if likes:
                zh = f"第 {each.row} 行“{each.name}”可能与已登记的是同一单位：{likes}。"
                en = f"Row {each.row}, “{each.name}”, may be the same as one on register: {likes}."
                found.append(Remark("seems_registered", zh, en))
        return found


class Sites(Kind):
    """Sites, by organisation and name."""

    resource = "sites"
    entity = SITE

    def fetch(self, batch: list[Values]) -> None:
        """The organisations, and their open sites."""
        super().fetch(batch)
        for site in Site.objects.filter(org__in=self.orgs.known(), closed_on=None).select_related("org"):
            self.found.setdefault((site.org_id, site.name_zh), site)

    def key(self, values: Values) -> Hashable:
        """Holder and name."""
        org = values.get("org")
        return (org.pk if org else None, values.get("name_zh"))

    def names(self, values: Values) -> str:
        """Holder and name."""
        return f"{values.get('org', '')} · {values.get('name_zh', '')}"

    def write(self, new: list[Any], changed: list[Any]) -> None:
        """The sites with their first tenures."""
        super().write(new, changed)
        Tenure.objects.bulk_create(
            Tenure(site=site, org=site.org, valid_from=site.in_operation_since or self.day) for site in new
        )


class Vehicles(Kind):
    """Vehicles in use, by plate."""

    resource = "vehicles"
    entity = VEHICLE

    def fetch(self, batch: list[Values]) -> None:
        """The organisations, and the open vehicles with these plates."""
        super().fetch(batch)
        plates = [plate_of(values["plate"]) for values in batch if values.get("plate")]
        for vehicle in Vehicle.objects.filter(plate__in=plates, closed_on=None).select_related("org"):
            self.found.setdefault(vehicle.plate, vehicle)

    def key(self, values: Values) -> Hashable:
        """The plate."""
        return plate_of(values.get("plate", ""))

    def names(self, values: Values) -> str:
        """The plate."""
        return str(values.get("plate", ""))

    def fill(self, row: Any, values: Values, *, new: bool) -> list[NamedError]:
        """A vehicle of another holder is not taken over by a sheet."""
        org = values.get("org")
        if not new and org and org.pk != row.org_id:
            return [PlateInUse(place="plate", plate=row.plate, org=str(row.org))]
        return super().fill(row, values, new=new)


class Permits(Kind):
    """Permits by kind and number, each row one line of a permit; entered one by one, for overlaps must be seen."""

    resource = "permits"
    entity = permits.PERMIT
    _LINE = ("stream", "operations", "quota_g_per_year")

    def apply(self, batch: list[Planned], *, write: bool) -> None:  # noqa: ARG002
        """Enter or amend the permit of each row; a dry run's transaction takes it back."""
        self.orgs.fetch(planned.values["org"] for planned in batch if planned.values.get("org"))
        for planned in batch:
            try:
                with transaction.atomic():
                    self._one(planned)
            except NamedError as error:
                planned.status, planned.problems = "refused", list(problems_of(error))

    def amended(self, batch: list[Values]) -> list[str]:
        """The permits with the batch's numbers."""
        numbers = [values["number"] for values in batch if values.get("number")]
        return list(Permit.objects.filter(number__in=numbers).values_list("pk", flat=True))

    def _one(self, planned: Planned) -> None:
        values = self._with_site(self.resolve(planned.values))
        planned.name = self.names(values)
        head = {k: v for k, v in values.items() if k not in self._LINE}
        line = {k: values[k] for k in self._LINE if k in values}
        key = self.key(values)
        if key in self.seen:
            raise RowRepeated(place="number", first=self.seen[key], key=planned.name)
        permit = Permit.objects.filter(kind=values.get("kind", ""), number=values.get("number", "")).first()
        if permit is None:
            lines = [line] if line.get("stream") else []
            planned.target = permits.enter_permit(head, lines, self.catalog, day=self.day)
            planned.status = "new"
        else:
            self._amend(planned, permit, head, line)
        self.seen[key] = planned.row

    def _amend(self, planned: Planned, permit: Permit, head: Values, line: Values) -> None:
        lines = {s.stream: {name: getattr(s, name) for name in self._LINE} for s in permit.scopes.all()}
        was = self._standing(permit, head) | {"line": lines.get(line.get("stream", ""))}
        if line.get("stream"):
            lines[line["stream"]] = lines.get(line["stream"], {}) | line
        permits.amend_permit(permit, head, lines.values(), self.catalog)
        stands = {s.stream: {name: getattr(s, name) for name in self._LINE} for s in permit.scopes.all()}
        now = self._standing(permit, head) | {"line": stands.get(line.get("stream", ""))}
        planned.target = permit
        planned.changes = {name: (was[name], now[name]) for name in was if was[name] != now[name]}
        planned.status = "changed" if planned.changes else "unchanged"

    def _with_site(self, values: Values) -> Values:
        """The site by id, or by name within the organisation."""
        told = values.get("site")
        if not told or isinstance(told, Site) or not values.get("org"):
            return values
        theirs = Site.objects.filter(org=values["org"])
        site = theirs.filter(models.Q(pk=told) | models.Q(name_zh=told)).order_by("closed_on", "pk").first()
        if site is None:
            raise SiteNotFound(place="site", cell=told, org=str(values["org"]))
        return values | {"site": site}

    def key(self, values: Values) -> Hashable:
        """Kind, number and stream."""
        return (values.get("kind"), values.get("number"), values.get("stream"))

    def names(self, values: Values) -> str:
        """Number and stream."""
        return f"{values.get('number', '')} · {values.get('stream', '')}"


KINDS: dict[str, type[Kind]] = {
    "organisations": Organisations,
    "sites": Sites,
    "vehicles": Vehicles,
    "permits": Permits,
}
