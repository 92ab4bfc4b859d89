"""Find a Chromium for the browser tests, or get one; its path is kept in ``.venv/chromium-path``."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
Say = Callable[[str, str], None]


def works(program: str | None) -> bool:
    """Whether the program starts and says its version."""
    if not program:
        return False
    try:
        return subprocess.run([program, "--version"], capture_output=True, check=False, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def installed() -> str | None:
    """The Chromium that CHROMIUM names or the PATH holds; None when there is none that starts."""
    candidates = [os.environ.get("CHROMIUM"), *(shutil.which(name) for name in NAMES)]
    return next((found for found in candidates if works(found)), None)


def downloaded(python: Path, say: Say) -> str | None:
    """Playwright's own Chromium, downloaded; None when that fails or it does not start here."""
    say("正在下载 Playwright 自带的 Chromium", "downloading Playwright's own Chromium")
    subprocess.run([python, "-m", "playwright", "install", "chromium"], check=False)
    ask = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    found = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=False).stdout.strip()
    return found if works(found) else None


def ensure(venv: Path, python: Path, apt_install: Callable[..., bool], say: Say) -> None:
    """Find or get one and note its path; without any, say what to do and go on: browser tests will then fail."""
    note = venv / "chromium-path"
    if not os.environ.get("CHROMIUM") and note.exists() and Path(note.read_text(encoding="utf-8")).exists():
        return
    found = installed()
    if found is None and apt_install("chromium", "fonts-noto-cjk"):
        found = installed()
    found = found or downloaded(python, say)
    if found:
        note.write_text(found, encoding="utf-8")
        return
    note.unlink(missing_ok=True)
    say(
        "没有可用的 Chromium，浏览器测试将失败。请以管理员运行 apt-get install chromium fonts-noto-cjk，"
        "或用 CHROMIUM 指定其路径",
        "no Chromium could be had, so the browser tests will fail. As administrator run"
        " apt-get install chromium fonts-noto-cjk, or name one in CHROMIUM",
    )
