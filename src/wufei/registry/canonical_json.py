"""The one way to write plain data for a signature, here and on a phone (``frontend/src/field/canonical.js``).

JSON with sorted keys (by code point), no spaces, UTF-8; whole numbers within ±(2⁵³ − 1) only, since a phone cannot hold
others; no lone surrogates. Decimals and instants are text.
"""

from __future__ import annotations

import json
from typing import Any

LARGEST = 2**53 - 1


class CanonicalImpossible(ValueError):
    """Data that has no canonical form: a fraction, a number too large, a text that is not Unicode."""


def canonical_json(plain: Any) -> bytes:
    """The bytes that are signed. Raises CanonicalImpossible."""
    _look(plain)
    try:
        return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:
        raise CanonicalImpossible(str(error)) from error


def _look(plain: Any) -> None:
    if plain is None or isinstance(plain, str | bool):
        return
    if isinstance(plain, int):
        if abs(plain) > LARGEST:
            raise CanonicalImpossible(f"{plain} > {LARGEST}")
    elif isinstance(plain, dict):
        if not all(isinstance(key, str) for key in plain):
            raise CanonicalImpossible("a key that is no text")
        for value in plain.values():
            _look(value)
    elif isinstance(plain, list):
        for value in plain:
            _look(value)
    else:
        raise CanonicalImpossible(type(plain).__name__)
