"""Errors with a name, a place and a remedy, in Chinese and English."""

from __future__ import annotations

from typing import Any, ClassVar

LANGUAGES = ("zh", "en")


def language_of(code: str) -> str:
    """Reduce a locale such as ``zh-hans`` or ``en_GB`` to ``zh`` or ``en``; anything else reads as ``zh``."""
    return "en" if code.lower().startswith("en") else "zh"


class NamedError(Exception):
    """What went wrong, where, and what to do about it.

    A subclass sets ``code`` and four templates; ``values`` given at the raise fill them.
    The subclass stands beside the code that raises it, so there is no table of errors to keep.
    """

    code: ClassVar[str] = "unnamed"
    zh: ClassVar[str] = ""
    en: ClassVar[str] = ""
    remedy_zh: ClassVar[str] = ""
    remedy_en: ClassVar[str] = ""

    def __init__(self, *, place: str | None = None, **values: Any) -> None:
        self.place = place
        self.values = values
        super().__init__(self.text("en"))

    def text(self, lang: str = "zh") -> str:
        """Say what is wrong in ``lang`` (``zh`` or ``en``)."""
        return (self.en if language_of(lang) == "en" else self.zh).format(**self.values)

    def remedy(self, lang: str = "zh") -> str:
        """Say what the reader can do about it in ``lang``."""
        return (self.remedy_en if language_of(lang) == "en" else self.remedy_zh).format(**self.values)

    def render(self, lang: str = "zh") -> str:
        """One printable line: place, code, text and remedy."""
        place = f"{self.place}: " if self.place else ""
        arrow = "Remedy: " if language_of(lang) == "en" else "处理办法："
        return f"{place}[{self.code}] {self.text(lang)} {arrow}{self.remedy(lang)}"

    def as_dict(self) -> dict[str, Any]:
        """The error as plain data, both languages, for ``--json`` and the API."""
        return {
            "code": self.code,
            "place": self.place,
            "zh": self.text("zh"),
            "en": self.text("en"),
            "remedy_zh": self.remedy("zh"),
            "remedy_en": self.remedy("en"),
            "values": {key: str(value) for key, value in self.values.items()},
        }

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by values, so that an error survives a trip between processes."""
        return _revive, (type(self), self.place, self.values)


def _revive(kind: type[NamedError], place: str | None, values: dict[str, Any]) -> NamedError:
    return kind(place=place, **values)


def every_error(root: type[NamedError] = NamedError) -> tuple[type[NamedError], ...]:
    """Every error class imported so far, sorted by code; the documentation and the goldens read this."""
    found: set[type[NamedError]] = set()
    queue = [root]
    while queue:
        for child in queue.pop().__subclasses__():
            found.add(child)
            queue.append(child)
    return tuple(sorted((c for c in found if "code" in vars(c)), key=lambda c: c.code))
