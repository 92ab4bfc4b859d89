"""Work out the next item of an iterator in a thread while the last one is dealt with."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The items in their order, one of them ahead; what making an item raises is raised where it would have come.

    Worth it where dealing with an item mostly waits for another process, as an append does for the database.
    """
    end = object()
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
        under_way = pool.submit(next, items, end)
        while (item := under_way.result()) is not end:
            under_way = pool.submit(next, items, end)
            yield item
