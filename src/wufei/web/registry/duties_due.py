"""What the hazardous-waste rules ask next of the one site that somebody works for."""

from __future__ import annotations

from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from wufei.registry.access import Wearer, visible
from wufei.registry.models import Site
from wufei.reports.numbers import unknown_text
from wufei.web.journal.draw import database
from wufei.web.language import lang
from wufei.web.plan import Plan
from wufei.web.registry.lists import site_url
from wufei.web.registry.matters import Group, Matter
from wufei.web.registry.site_duties import class_and_duties


def duties_due(plan: Plan, hat: Wearer, day: date) -> Group:
    """The next duties of the hat's site, or of the organisation's only one, with their days; or why none is known."""
    label, site = _("Next duties"), _site(hat, day)
    if site is None:
        return Group(label, (), 0)
    found, page = class_and_duties(plan, site, database(), day), site_url(plan, site.pk) + "#class"
    if not found["name"]:
        text = f"{_('Hazardous-waste unit class')}: {found['unknown']}"
        return Group(label, (Matter("warning", unknown_text(lang()), text, page),), 1, page)
    matters = tuple(
        Matter("note", found["name"], f"{duty['name']} {duty['period']}".strip(), page, duty["day"])
        for duty in found["due"]
    )
    return Group(label, matters, len(matters), page)


def _site(hat: Wearer, day: date) -> Site | None:
    if not hat.org:
        return None
    own = Site.objects.filter(Q(closed_on=None) | Q(closed_on__gt=day), org=hat.org)
    rows = list(visible(own.filter(pk=hat.site) if hat.site else own, hat)[:2])
    return rows[0] if len(rows) == 1 else None
