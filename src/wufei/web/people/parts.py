"""What the pages of people share: the organisation in question, names as the reader may see them, errors in forms."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _

from wufei import catalog
from wufei.registry import consents, powers
from wufei.registry.access import force
from wufei.registry.models import Organisation, Person
from wufei.registry.personal_data import mask_name, mask_phone
from wufei.web.language import lang
from wufei.web.policy import hat_of


class ReasonForm(forms.Form):
    """Why something is done; kept in the history."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


def org_for(request: HttpRequest, org_id: str, power: str) -> Organisation:
    """The organisation, when the hat has the power for it; otherwise there is no such page."""
    found = Organisation.objects.filter(pk=org_id).first()
    if found is None or not powers.may(hat_of(request), power, found):
        raise Http404
    return found


def org_named(text: str) -> Organisation | None:
    """The open organisation with that credit code or exactly that name; None when there is none, or more than one.

    Anybody signed in may ask, as anybody may look a company up; nothing but its name and id is shown for it.
    """
    asked = text.strip()
    with force.door():
        found = Organisation.objects.filter(closed_on=None)
        matching = list(found.filter(credit_code=asked.upper())[:1] or found.filter(name_zh=asked)[:2])
    return matching[0] if len(matching) == 1 else None


def may(request: HttpRequest, power: str, org: Organisation | None = None) -> bool:
    """Whether the hat in force has the power."""
    return powers.may(hat_of(request), power, org)


def name_of(person: Person) -> str:
    """The masked name; the sign-in name where there is none."""
    return mask_name(person.full_name) or person.username


def phone_of(person: Person) -> str:
    """The masked phone."""
    return mask_phone(person.phone)


def processing_words(processing: str) -> dict[str, str]:
    """How a declared processing reads to whoever is asked to consent to it (PIPL 17, 30)."""
    item, words = consents.declared(processing), ("purpose", "method", "data", "basis", "recipients")
    return {"name": item.name(lang()), **{word: getattr(item, f"{word}_{lang()}") for word in words}}


def choices_of(kind: str) -> list[tuple[str, str]]:
    """The items of a national kind as choices of a form."""
    return [(item.id, item.name(lang())) for item in catalog.current().national.items(kind)]


def context_of(**more: Any) -> dict[str, Any]:
    """A context with no errors unless some are given."""
    return {"errors": [], **more}
