"""The declared rules of a kind of case as phones interpret them (``frontend/src/field/rules.js``): plain JSON."""

from __future__ import annotations

from typing import Any

from wufei.workflow.engine import Kind

_LEFT_OUT = {"cites", "about_zh", "about_en", "checked_on", "clocks", "prefill"}


def kind_for_phones(kind: Kind) -> dict[str, Any]:
    """Workflow and form: states, parties, steps with their conditions, fields with what they require and seal."""
    return {"workflow": _plain(kind.workflow), "form": _plain(kind.form)}


def _plain(item: Any) -> Any:
    told = item.model_dump(mode="json", exclude_defaults=False, exclude_none=True)
    return _without(told)


def _without(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: _without(value) for name, value in told.items() if name not in _LEFT_OUT and name != "posts"}
    if isinstance(told, list):
        return [_without(value) for value in told]
    return told
