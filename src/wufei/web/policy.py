"""Who may open an address: declared on every view, enforced here, and read by the permission test."""

from __future__ import annotations

import functools
from collections.abc import Callable
from enum import Enum
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase

View = Callable[..., HttpResponseBase]


class Policy(Enum):
    """The audiences that an address can be declared for."""

    OPEN = "open"
    SIGNED_IN = "signed in"


def declared(policy: Policy) -> Callable[[View], View]:
    """Mark a view with its audience and turn everybody else away to the sign-in page."""

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if policy is Policy.SIGNED_IN and not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            return view(request, *args, **kwargs)

        guarded.policy = policy  # type: ignore[attr-defined]
        return guarded

    return wrap


open_page = declared(Policy.OPEN)
signed_in = declared(Policy.SIGNED_IN)
