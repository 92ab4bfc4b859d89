"""Lines for the person at the terminal: always Chinese first, then English."""

from __future__ import annotations

import sys


def say(zh: str, en: str) -> None:
    """Print one progress line in both languages, at once."""
    print(f"{zh} · {en}", flush=True)


def warn(zh: str, en: str) -> None:
    """Print one line that deserves attention to the error stream."""
    print(f"! {zh} · {en}", file=sys.stderr, flush=True)
