"""Parts of an address that are one of a few declared names."""

from __future__ import annotations

from collections.abc import Iterable


def one_of(names: Iterable[str]) -> type:
    """A path converter for these names, which stand in addresses as they are declared."""

    class OneOf:
        regex = "|".join(names)

        def to_python(self, value: str) -> str:
            return value

        def to_url(self, value: str) -> str:
            return value

    return OneOf
