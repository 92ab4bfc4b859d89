"""Read one YAML file exactly: duplicate keys refused, decimals kept, and a line for any value."""

from __future__ import annotations

from collections.abc import Hashable
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from wufei.catalog.errors import FileUnreadable, KeyDuplicated

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]  # the C loader is typed as Any
    """SafeLoader that raises on a repeated key and reads 2.17 as Decimal('2.17')."""


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[Hashable, Any]:
    found: dict[Hashable, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in found:
            line = key_node.start_mark.line + 1
            raise KeyDuplicated(place=str(line), key=key)
        found[key] = loader.construct_object(value_node, deep=True)
    return found


def _decimal(loader: Any, node: yaml.ScalarNode) -> Decimal:
    return Decimal(str(loader.construct_scalar(node)).replace("_", ""))


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("tag:yaml.org,2002:float", _decimal)


def read_yaml(path: Path) -> Any:
    """The file's data. Raises FileUnreadable or KeyDuplicated, each with ``path:line``."""
    try:
        return yaml.load(path.read_bytes(), Loader=_Loader)  # noqa: S506  # a SafeLoader underneath
    except KeyDuplicated as error:
        raise KeyDuplicated(place=f"{path}:{error.place}", **error.values) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        raise FileUnreadable(place=place, why=getattr(error, "problem", None) or "YAML") from None
    except (UnicodeDecodeError, OSError, ArithmeticError) as error:
        raise FileUnreadable(place=str(path), why=error) from None


def line_of(path: Path, loc: tuple[int | str, ...], value: object = None) -> int:
    """The 1-based line of the value at ``loc``, or of the first ``value`` below it; 1 when it is not there.

    The nodes of the last file are kept: many places of one file are asked for one after the other.
    """
    node = _composed(path.read_bytes())
    for step in loc:
        child = _child(node, step)
        if child is None:
            break
        node = child
    if value is not None:
        node = _first_scalar(node, str(value)) or node
    return int(node.start_mark.line) + 1 if node is not None else 1


@lru_cache(maxsize=1)
def _composed(content: bytes) -> Any:
    return yaml.compose(content, Loader=_Base)


def _child(node: Any, step: int | str) -> Any:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step]
    return None


def _first_scalar(node: Any, value: str) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return node if node.value == value else None
    parts = (
        [p for pair in node.value for p in pair] if isinstance(node, yaml.MappingNode) else getattr(node, "value", [])
    )
    return next((hit for part in parts if (hit := _first_scalar(part, value)) is not None), None)
