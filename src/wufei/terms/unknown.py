"""Unknown is a value: it says why nothing is known, and it is never zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn, TypeGuard


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is not known, with the reason in both languages.

    It refuses to be a number or a truth: ``if value`` and ``value + 1`` raise, so that nobody
    reads it as zero by accident. Ask ``is_unknown(value)``.
    """

    zh: str
    en: str

    def reason(self, lang: str = "zh") -> str:
        """Say why the value is unknown in ``lang``."""
        return self.en if lang.startswith("en") else self.zh

    def _refuse(self, *_: Any) -> NoReturn:
        raise TypeError(f"unknown is not a number: {self.en}")

    __bool__ = __int__ = __float__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _refuse
    __truediv__ = __rtruediv__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse


def is_unknown(value: object) -> TypeGuard[Unknown]:
    """True when ``value`` is an Unknown."""
    return isinstance(value, Unknown)
