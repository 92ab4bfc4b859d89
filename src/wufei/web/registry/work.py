"""What waits for the person who wears a hat: each function looks at one kind of matter that the hat may see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from wufei.registry.access import Wearer, visible
from wufei.registry.access.policy import scopes
from wufei.registry.models import Organisation, Permit, Site, Vehicle
from wufei.web.cases.work import cases_waiting
from wufei.web.language import lang
from wufei.web.links import item_url, list_url
from wufei.web.plan import Plan
from wufei.web.registry.duties_due import duties_due
from wufei.web.registry.lists import organisation_url, site_url
from wufei.web.registry.matters import Group, Matter
from wufei.web.registry.words import SOON, kind_name, validity

SHOWN = 12


Look = Callable[[Plan, Wearer, date], Group]


def permits_ending(plan: Plan, hat: Wearer, day: date) -> Group:
    """Permits that ended without a renewal in the last year or end within 90 days."""
    ending = Permit.objects.filter(
        revoked_on=None, replaced_by=None, valid_to__gte=day - timedelta(days=365), valid_to__lt=day + SOON
    )
    rows = visible(ending.select_related("org"), hat).order_by("valid_to", "number")
    matters = [_permit(plan, p, day) for p in rows[:SHOWN]]
    every = reverse("registry-list", args=[plan.id, "permits"], query={"validity": "days_90"})
    return Group(_("Permits and filings near their end"), tuple(matters), rows.count(), every)


def _permit(plan: Plan, permit: Permit, day: date) -> Matter:
    mark, word = validity(permit, day)
    text = f"{permit.org.name(lang())} · {kind_name('permit_kinds', permit.kind, lang())} {permit.number}"
    return Matter(mark, word, text, organisation_url(plan, permit.org_id) + "#permits", permit.valid_to)


def vehicles_ending(plan: Plan, hat: Wearer, day: date) -> Group:
    """Vehicles whose transport permit has ended or ends within 90 days."""
    ending = Vehicle.objects.filter(closed_on=None, transport_permit_to__lt=day + SOON)
    rows = visible(ending.select_related("org"), hat).order_by("transport_permit_to", "plate")
    matters = tuple(
        Matter(
            "error" if v.transport_permit_to < day else "warning",
            _("expired") if v.transport_permit_to < day else _("ends soon"),
            f"{v.plate} · {v.org.name(lang())}",
            organisation_url(plan, v.org_id) + "#vehicles",
            v.transport_permit_to,
        )
        for v in rows[:SHOWN]
    )
    every = reverse("registry-list", args=[plan.id, "vehicles"], query={"sort": "transport_permit_to"})
    return Group(_("Transport permits near their end"), matters, rows.count(), every)


def sites_incomplete(plan: Plan, hat: Wearer, day: date) -> Group:
    """Open sites that lack a position or a start of operation, which their duties follow from."""
    lacking = Q(longitude=None) | Q(in_operation_since=None)
    open_sites = Site.objects.filter(lacking).filter(Q(closed_on=None) | Q(closed_on__gt=day))
    rows = visible(open_sites.select_related("org"), hat)
    matters = tuple(
        Matter("note", _missing(s), f"{s.name(lang())} · {s.org.name(lang())}", site_url(plan, s.pk))
        for s in rows[:SHOWN]
    )
    return Group(_("Sites with something missing"), matters, rows.count(), _sites(plan))


def _sites(plan: Plan) -> str:
    return reverse("registry-list", args=[plan.id, "sites"], query={"position": "no"})


def _missing(site: Site) -> str:
    return _("position unknown") if site.longitude is None else _("start of operation unknown")


def own_organisation(plan: Plan, hat: Wearer, day: date) -> Group:  # noqa: ARG001  # every look is asked alike
    """The organisation that the hat speaks for, and what the plan asks of it."""
    org = Organisation.objects.filter(pk=hat.org).first() if hat.org else None
    if org is None:
        return Group(_("My organisation"), (), 0)
    matters = [Matter("accent", _("page"), org.name(lang()), organisation_url(plan, org.pk))]
    if plan.find("orgs", org.pk):
        owed = plan.scope.owed(org.pk)
        words = _("Duties in the plan: {count}").format(count=owed.count)
        matters.append(Matter("note", _("plan"), words, item_url(plan, "orgs", org.pk)))
    return Group(_("My organisation"), tuple(matters), len(matters))


def papers_of_sites(plan: Plan, hat: Wearer, day: date) -> Group:
    """The papers of the organisation's own sites: what is due there stands on each one's page."""
    open_sites = Q(closed_on=None) | Q(closed_on__gt=day)
    rows = list(visible(Site.objects.filter(open_sites, org=hat.org), hat)[: SHOWN + 1]) if hat.org else []
    matters = tuple(
        Matter("accent", _("page"), s.name(lang()), reverse("papers", args=[plan.id, s.pk])) for s in rows[:SHOWN]
    )
    return Group(_("Hazardous-waste papers"), matters, len(rows), reverse("registry-list", args=[plan.id, "sites"]))


def contradictions(plan: Plan, hat: Wearer, day: date) -> Group:
    """Findings of the catalogue that are errors, for those who see the whole city."""
    del day
    errors = (
        [f for f in plan.scope.findings if f.severity == "error"] if "all" in scopes("journal", "read", hat) else []
    )
    matters = tuple(
        Matter("error", _("error"), f.text(lang()), list_url(plan, "findings", severity="error")) for f in errors
    )
    return Group(_("Contradictions in what was published"), matters[:SHOWN], len(matters), list_url(plan, "findings"))


LOOKS: tuple[Look, ...] = (
    cases_waiting,
    own_organisation,
    duties_due,
    papers_of_sites,
    permits_ending,
    vehicles_ending,
    sites_incomplete,
    contradictions,
)


def work_of(plan: Plan, hat: Wearer, day: date) -> tuple[Group, ...]:
    """Every kind of matter that holds something for the hat."""
    return tuple(group for look in LOOKS if (group := look(plan, hat, day)).count)
