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
from wufei.registry.access import OUTSIDE_ROLE

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


def declared(policy: Policy) -> Callable[[View], View]:
    """Mark a view with its audience: strangers go to the sign-in page, people of another role are refused."""

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if policy is not Policy.OPEN:
                if not request.user.is_authenticated:
                    return redirect_to_login(request.get_full_path())
                if not allows(policy, request.hat.role):
                    raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.policy = policy  # type: ignore[attr-defined]
        return guarded

    return wrap


open_page = declared(Policy.OPEN)
signed_in = declared(Policy.SIGNED_IN)
reader = declared(Policy.READER)
signer = declared(Policy.SIGNER)
