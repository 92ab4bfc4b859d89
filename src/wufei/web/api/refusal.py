"""The refusals of the API itself: named errors that know their HTTP status."""

from __future__ import annotations

from typing import ClassVar

from wufei.terms import NamedError


class ApiRefusal(NamedError):
    """A refusal of the API itself; ``status`` is the HTTP status that it is answered with."""

    status: ClassVar[int] = 400
