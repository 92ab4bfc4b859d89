"""Errors that were kept as codes and values, told again in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wufei.terms import NamedError
from wufei.terms.errors import every_error


def named(kept: Mapping[str, Any]) -> NamedError | None:
    """The error as it reads now; None where no error has that code any longer."""
    known = next((error for error in every_error() if error.code == kept.get("code")), None)
    if known is None:
        return None
    try:
        return known(place=kept.get("place"), **kept.get("values", {}))
    except (KeyError, TypeError, ValueError):
        return None


def both(kept: Mapping[str, Any]) -> dict[str, Any]:
    """The error in both languages with its remedies, and the single ones of a refusal."""
    error = named(kept)
    told: dict[str, Any] = {"code": kept.get("code", "")}
    if error is not None:
        told = error.as_dict()
        told.pop("values")
    if kept.get("errors"):
        told["errors"] = [both(each) for each in kept["errors"]]
    return told


def lines(kept: Mapping[str, Any] | None, lang: str) -> list[str]:
    """What stands against an action, one line each, with what to do."""
    if not kept:
        return []
    found = [named(each) for each in kept.get("errors") or [kept]]
    return [f"{error.text(lang)} {error.remedy(lang)}" for error in found if error] or [str(kept.get("code", ""))]
