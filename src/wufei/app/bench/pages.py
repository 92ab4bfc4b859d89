"""8 人同时浏览时列表页的响应时间 · answer times of the list pages while 8 people browse."""

from __future__ import annotations

import http.client
import itertools
import random
import statistics
import time
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie
from pathlib import Path

from wufei import catalog
from wufei.app.bench import Figure, percentile
from wufei.app.bench._running import Running, fresh_folder

CLIENTS = 8
ROUNDS = 4
WARM_ROUNDS = 3
PAUSE_SECONDS = (0.5, 1.5)  # how long a quick reader looks at a list before the next
ROLE = "city_office"


class Client:
    """One person with a browser: a connection kept open, cookies kept."""

    def __init__(self, address: str, cookies: dict[str, str] | None = None) -> None:
        self.place = urllib.parse.urlsplit(address).netloc
        self._connection = http.client.HTTPConnection(self.place, timeout=60)
        self.cookies = dict(cookies or {})

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, bytes]:
        """One request; cookies that come with the answer are kept. Returns status and body."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = urllib.parse.urlencode(form) if form else None
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        for line in answer.headers.get_all("Set-Cookie", ()):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return answer.status, content

    def sign_in(self, name: str, password: str) -> None:
        """Use the sign-in page as a person does."""
        self.ask("GET", "/login/")
        form = {"username": name, "password": password, "csrfmiddlewaretoken": self.cookies["csrftoken"]}
        status, _ = self.ask("POST", "/login/", form)
        if status != 302:
            raise RuntimeError(f"sign-in of {name} was answered with {status}")


def list_pages() -> list[str]:
    """The address of every list page of every city."""
    from wufei.web.kinds import KINDS

    return [f"/city/{city}/{kind}/" for city in sorted(catalog.load().cities) for kind in KINDS]


def measure() -> Iterator[Figure]:
    """95th percentiles in milliseconds while 8 people browse, then how many pages a second 8 without a pause get.

    Every answer must be a 200. The asking side runs on the same cores.
    """
    pages = list_pages()
    with fresh_folder() as data, Running(data, "--demo") as server:
        cookies = _session(server.address, data)
        _ask_all(server.address, cookies, pages * WARM_ROUNDS)
        answers, _ = _browse(server.address, cookies, pages, PAUSE_SECONDS)
        hurried, seconds = _browse(server.address, cookies, pages, (0, 0))
    yield from _figures(pages, answers)
    yield Figure("不停顿时每秒页数", "pages a second without pauses", len(hurried) / seconds, "/s")
    times = [ms for _, ms in hurried]
    yield Figure("不停顿时 p95", "p95 without pauses", percentile(times, 0.95), "ms")


def _browse(
    address: str, cookies: dict[str, str], pages: list[str], pause: tuple[float, float]
) -> tuple[list[tuple[str, float]], float]:
    """Everyone at once, each in an order of their own; the answers, and the seconds it took."""
    turns = [_turned(pages, start) * ROUNDS for start in range(CLIENTS)]
    begun = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = pool.map(lambda turn: _ask_all(address, cookies, turn, pause), turns)
        return list(itertools.chain(*answers)), time.perf_counter() - begun


def _session(address: str, data: Path) -> dict[str, str]:
    client = Client(address)
    client.sign_in(ROLE, (data / "demo-password").read_text(encoding="utf-8").strip())
    return client.cookies


def _turned(pages: list[str], start: int) -> list[str]:
    """The pages in another order for each person."""
    shift = start * len(pages) // CLIENTS
    return pages[shift:] + pages[:shift]


def _ask_all(
    address: str, cookies: dict[str, str], pages: list[str], pause: tuple[float, float] = (0, 0)
) -> list[tuple[str, float]]:
    client = Client(address, cookies)
    chance = random.Random(pages[0])  # noqa: S311  (the same pauses every time, not a secret)
    answers = []
    for page in pages:
        begun = time.perf_counter()
        status, _ = client.ask("GET", page)
        answers.append((page, (time.perf_counter() - begun) * 1000))
        if status != 200:
            raise RuntimeError(f"{page} was answered with {status}")
        time.sleep(chance.uniform(*pause))
    return answers


def _figures(pages: list[str], answers: list[tuple[str, float]]) -> Iterator[Figure]:
    times = [ms for _, ms in answers]
    yield Figure("全部列表页 p95", "all list pages, p95", percentile(times, 0.95), "ms", 100.0)
    yield Figure("全部列表页中位数", "all list pages, median", statistics.median(times), "ms")
    for page in pages:
        yield Figure(
            f"{page} p95", f"{page} p95", percentile([ms for p, ms in answers if p == page], 0.95), "ms", 100.0
        )
