"""Who may open an address: declared on every view, enforced here, and read by the permission test."""

from __future__ import annotations

import functools
from collections.abc import Callable
from enum import Enum
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from wufei import catalog
from wufei.catalog.access import Verb
from wufei.registry.access import OUTSIDE_ROLE, Wearer, may_any

View = Callable[..., HttpResponseBase]
OUTSIDE_ROLES = frozenset({OUTSIDE_ROLE})  # sees what is published, not the journal (data/national/roles)


class Policy(Enum):
    """The audiences that an address can be declared for.

    ``READER`` is everybody who works for the city or a firm; ``SIGNER`` is a role whose file says that it signs.
    """

    OPEN = "open"
    SIGNED_IN = "signed in"
    READER = "reads the journal"
    SIGNER = "signs records"


def allows(policy: Policy, role: str) -> bool:
    """Whether somebody signed in with ``role`` belongs to the audience."""
    if policy is Policy.SIGNER:
        found = catalog.current().national.find("roles", role)
        return bool(found and found.signs)
    return policy is not Policy.READER or role not in OUTSIDE_ROLES


def admits(policy: Policy, rule: str | None, verb: Verb, hat: Wearer) -> bool:
    """Whether the hat belongs to the audience, and the rule (if there is one) gives it anything."""
    return allows(policy, hat.role) and (rule is None or may_any(hat, verb, rule))


def declared(policy: Policy, rule: str | None = None, verb: Verb = "read") -> Callable[[View], View]:
    """Mark a view with its audience: strangers go to the sign-in page, people of another role are refused.

    ``rule`` is an id of data/national/access whose rows the page is about: a hat to which it gives nothing for ``verb``
    is refused as a whole. Without one the page shows rows by each table's own rule, or the catalogue alone.
    """

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if policy is not Policy.OPEN:
                if not request.user.is_authenticated:
                    return redirect_to_login(request.get_full_path())
                if not admits(policy, rule, verb, request.hat):
                    raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.policy, guarded.rule, guarded.verb = policy, rule, verb
        return guarded

    return wrap


def hat_of(request: HttpRequest) -> Wearer:
    """The hat in force."""
    return request.hat


open_page = declared(Policy.OPEN)
signed_in = declared(Policy.SIGNED_IN)
reader = declared(Policy.READER)
signer = declared(Policy.SIGNER)
journal_reader = declared(Policy.READER, "journal")
journal_signer = declared(Policy.SIGNER, "journal", "change")


def reader_of(rule: str, verb: Verb = "read") -> Callable[[View], View]:
    """A page for whoever works here and to whom the rule gives something."""
    return declared(Policy.READER, rule, verb)
