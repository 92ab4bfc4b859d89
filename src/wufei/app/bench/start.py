"""从空数据文件夹启动到首页，以及再次启动 · start in an empty data folder to the first page, and start again."""

from __future__ import annotations

from collections.abc import Iterator

from wufei.app.bench import Figure
from wufei.app.bench._running import Running, fresh_folder


def measure() -> Iterator[Figure]:
    """Seconds from the command to the first page: with everything to be created, then with everything there."""
    with fresh_folder() as data:
        with Running(data) as cold:
            seconds = cold.first_page()
        yield Figure("首次启动到首页", "cold start to the first page", seconds, "s", 10.0)
        with Running(data) as again:
            seconds = again.first_page()
        yield Figure("再次启动到首页", "second start to the first page", seconds, "s", 5.0)
