"""Mandates: leave given to another organisation, or to a colleague for an absence, to act within bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from wufei import catalog
from wufei.registry import hats
from wufei.registry.mandate_errors import (
    MandateActOutside,
    MandateExpired,
    MandateNotYet,
    MandateOwnOrg,
    MandatePeriodWrong,
    MandatePersonElsewhere,
    MandateRevoked,
    MandateSiteElsewhere,
    MandateSiteOutside,
    MandateStreamOutside,
    MandateUsedUp,
    MandateWordUnknown,
    ReasonMissing,
)
from wufei.registry.models import Mandate, Organisation, Person, Site

LONGEST_DAYS = 3 * 366


@dataclass(frozen=True, slots=True)
class Terms:
    """What a mandate allows; empty ``streams`` or ``sites`` bound nothing, ``most_g`` None is no limit."""

    acts: frozenset[str]
    streams: frozenset[str]
    sites: frozenset[str]
    valid_from: date
    valid_to: date
    most_g: int | None = None
    revoked_on: date | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """A mandate to be: to an organisation or to a person of the giver's own."""

    acts: Sequence[str]
    valid_from: date
    valid_to: date
    to_org: Organisation | None = None
    to_person: Person | None = None
    streams: Sequence[str] = ()
    sites: Sequence[Site] = ()
    most_g: int | None = None


def covers(
    terms: Terms, act: str, stream: Sequence[str], site: str, mass_g: int, used_g: int, day: date
) -> None:  # fmt: skip
    """Return when the mandate covers the act; otherwise raise the error that names the first bound it leaves.

    ``stream`` is the stream followed by its parents (a mandate for a class covers its items); ``used_g`` is what was
    moved under the mandate before. An act that moves nothing has no stream and no mass. Raises MandateRevoked,
    MandateNotYet, MandateExpired, MandateActOutside, MandateStreamOutside, MandateSiteOutside or MandateUsedUp.
    """
    check_in_force(terms, day)
    if act not in terms.acts:
        raise MandateActOutside(act=act)
    if stream and terms.streams and terms.streams.isdisjoint(stream):
        raise MandateStreamOutside(stream=stream[0])
    if site and terms.sites and site not in terms.sites:
        raise MandateSiteOutside(site=site)
    if terms.most_g is not None and used_g + mass_g > terms.most_g:
        raise MandateUsedUp(most_g=terms.most_g, left_g=max(terms.most_g - used_g, 0), mass_g=mass_g)


def check_in_force(terms: Terms, day: date) -> None:
    """Raise MandateRevoked, MandateNotYet or MandateExpired when it does not hold on the day."""
    if terms.revoked_on is not None and day >= terms.revoked_on:
        raise MandateRevoked(day=terms.revoked_on)
    if day < terms.valid_from:
        raise MandateNotYet(day=terms.valid_from)
    if day > terms.valid_to:
        raise MandateExpired(day=terms.valid_to)


def terms_of(mandate: Mandate) -> Terms:
    """The terms of a mandate as kept."""
    revoked = mandate.revoked_at
    return Terms(
        frozenset(mandate.acts),
        frozenset(mandate.streams),
        frozenset(site_ids(mandate)),
        mandate.valid_from,
        mandate.valid_to,
        mandate.most_g,
        timezone.localdate(revoked) if revoked else None,
    )


def site_ids(mandate: Mandate) -> list[str]:
    """The sites that a mandate is bound to, by id: also those whose row the reader may not see."""
    bound = Mandate.sites.through.objects.filter(mandate_id=mandate.pk)
    return sorted(bound.values_list("site_id", flat=True))


def stream_line(stream: str) -> tuple[str, ...]:
    """A stream and its parents, nearest first, from the catalogue."""
    line, streams = [stream], catalog.current().national
    while (item := streams.find("streams", line[-1])) is not None and item.parent and item.parent not in line:
        line.append(item.parent)
    return tuple(line)


def in_force(day: date) -> QuerySet[Mandate]:
    """The mandates in force on ``day``."""
    return Mandate.objects.filter(revoked_at=None, valid_from__lte=day, valid_to__gte=day)


def of_org(org: Organisation) -> QuerySet[Mandate]:
    """Given or taken by an organisation, newest first."""
    return Mandate.objects.filter(Q(org=org) | Q(to_org=org))


@transaction.atomic
def give(org: Organisation, wish: Wish, *, by: str, now: datetime | None = None) -> Mandate:
    """Give a mandate.

    Raises MandateWordUnknown, MandateOwnOrg, MandatePersonElsewhere, MandateSiteElsewhere or MandatePeriodWrong, and
    then nothing has changed.
    """
    now = now or timezone.now()
    _check_words(wish)
    _check_parties(org, wish)
    if any(site.org_id != org.pk for site in wish.sites):
        raise MandateSiteElsewhere
    days = (wish.valid_to - wish.valid_from).days
    if not 0 <= days <= LONGEST_DAYS or wish.valid_to < timezone.localdate(now) or (wish.most_g or 1) <= 0:
        raise MandatePeriodWrong(days=LONGEST_DAYS)
    mandate = Mandate.objects.create(
        org=org, to_org=wish.to_org, to_person=wish.to_person, acts=sorted(set(wish.acts)),
        streams=sorted(set(wish.streams)), valid_from=wish.valid_from, valid_to=wish.valid_to, most_g=wish.most_g,
        granted_by=by, granted_at=now,
    )  # fmt: skip
    mandate.sites.set(wish.sites)
    return mandate


def _check_words(wish: Wish) -> None:
    national = catalog.current().national
    for kind, words in (("mandate_acts", wish.acts), ("streams", wish.streams)):
        for word in words:
            if national.find(kind, word) is None:
                raise MandateWordUnknown(word=word)
    if not wish.acts:
        raise MandateWordUnknown(word="-")


def _check_parties(org: Organisation, wish: Wish) -> None:
    if wish.to_org is not None and wish.to_org.pk == org.pk:
        raise MandateOwnOrg
    if (wish.to_org is None) == (wish.to_person is None):
        raise MandateOwnOrg
    if wish.to_person is not None and not _works_for(wish.to_person, org):
        raise MandatePersonElsewhere


def _works_for(person: Person, org: Organisation) -> bool:
    return person.is_active and hats.open_hats(person).filter(org=org).exists()


def revoke(mandate: Mandate, reason: str, *, by: str, now: datetime | None = None) -> bool:
    """End a mandate from now on; False when it was ended before. Raises ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing
    open_one = Mandate.objects.filter(pk=mandate.pk, revoked_at=None)
    ended = open_one.update(revoked_at=now or timezone.now(), revoked_by=by, revoked_reason=reason.strip()[:200])
    mandate.refresh_from_db()
    return bool(ended)


def lapse(person: Person, reason: str, *, by: str, org: Organisation | None = None, now: datetime | None = None) -> int:
    """End every open delegation to a person (of one organisation, or all); returns how many."""
    found = Mandate.objects.filter(to_person=person, revoked_at=None)
    found = found.filter(org=org) if org else found
    return found.update(revoked_at=now or timezone.now(), revoked_by=by, revoked_reason=reason[:200])


def hand_on(mandate: Mandate, colleague: Person, *, by: str, now: datetime | None = None) -> Mandate:
    """Give the rest of a delegation to a colleague; the old one is revoked unless it was already."""
    now = now or timezone.now()
    today = timezone.localdate(now)
    wish = Wish(
        mandate.acts, max(today, mandate.valid_from), mandate.valid_to, to_person=colleague, streams=mandate.streams,
        sites=tuple(Site.objects.filter(pk__in=site_ids(mandate))), most_g=mandate.most_g,
    )  # fmt: skip
    with transaction.atomic():
        given = give(mandate.org, wish, by=by, now=now)
        revoke(mandate, f"→ {colleague.actor}", by=by, now=now)
    return given
