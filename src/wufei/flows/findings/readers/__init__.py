"""Readers: every function of these modules whose name has no underscore before it and whose one argument is a Window.

A reader answers one question about all sites in a fixed number of queries. A new one is one function; a new rule over
one that is there is one file of data.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache

from wufei.flows.findings.facts import Fact, Window

Reader = Callable[[Window], Iterator[Fact]]


@cache
def readers() -> dict[str, Reader]:
    """Every reader by its name."""
    found: dict[str, Reader] = {}
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        functions = inspect.getmembers(loaded, inspect.isfunction)
        found |= {n: f for n, f in functions if f.__module__ == loaded.__name__ and not n.startswith("_")}
    return found
