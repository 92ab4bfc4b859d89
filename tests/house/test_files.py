"""Files are clean: no junk at the ends, no address of a registry in a lock, no path of a workplace, no excuse."""

import json
import re

import pytest

from tests.house.code import ROOT, issued, ours, shown, tracked

TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".csv", ".txt", ".js", ".mjs", ".css", ".html", ".json", ".lock", ".po"}
JUNK = re.compile(r"\.(orig|rej|bak|swp|tmp|pyc|mo)$|~$|\.DS_Store$")
# Pieced together, so that this file does not hold what it forbids.
WORKPLACE = re.compile("|".join(["/wo" + "rk/", "/ro" + "ot/", "/tm" + "p/", "/ho" + "me/[a-z]", "pypi" + r"\.org"]))
REGISTRY = re.compile("registry" + r"\.npmjs|python" + "hosted|files" + r"\.python")
EXCUSE = re.compile(
    r"pytest\.(mark\.)?(skip|skipif|xfail|importorskip)\b|\|\| " + "true" + r"|raise Not" + "Implemented"
)
MERGE = re.compile(r"^(<{7}|>{7}) ", re.MULTILINE)


def text_files() -> list:
    return [p for p in tracked() if (p.suffix in TEXT or not p.suffix) and not issued(p)]


def test_no_junk_is_tracked() -> None:
    assert not [shown(path) for path in tracked() if JUNK.search(path.name)]


def test_lines_end_cleanly() -> None:
    found = []
    for path in text_files():
        body = path.read_bytes()
        if body and (not body.endswith(b"\n") or body.endswith(b"\n\n")):
            found.append(f"{shown(path)}: ends without one newline")
        if b"\r" in body or body.startswith(b"\xef\xbb\xbf"):
            found.append(f"{shown(path)}: carriage returns or a byte-order mark")
        trailing = [n for n, line in enumerate(body.split(b"\n"), 1) if line != line.rstrip(b" \t")]
        if trailing:
            found.append(f"{shown(path)}: spaces at the end of line {trailing[0]}")
    assert not found, "\n".join(found)


def test_no_workplace_is_written_down() -> None:
    found = []
    for path in text_files():
        text = path.read_text(encoding="utf-8")
        found += [f"{shown(path)}: {m[0]}" for rule in (WORKPLACE, REGISTRY, MERGE) for m in rule.finditer(text)]
    assert not found, "\n".join(found)


def test_no_test_is_excused() -> None:
    found = [f"{shown(p)}: {m[0]}" for p in ours(".py") for m in EXCUSE.finditer(p.read_text(encoding="utf-8"))]
    assert not found, "\n".join(found)


def test_locks_hold_hashes_and_no_address() -> None:
    locks = sorted(ROOT.glob("requirements*.lock"))
    assert locks
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text, lock.name
        pinned = re.findall(r"^[a-z0-9._-]+(?:\[[a-z,]+\])?==", text, re.MULTILINE | re.IGNORECASE)
        blocks = re.split(r"\n(?=[a-z0-9])", text, flags=re.IGNORECASE)
        assert sum("--hash=sha256:" in block for block in blocks) == len(pinned), lock.name


def test_the_javascript_lock_holds_integrity_and_no_address() -> None:
    lock = json.loads((ROOT / "frontend/package-lock.json").read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages
    assert all("integrity" in package and "resolved" not in package for package in packages.values())


@pytest.mark.parametrize(
    ("rule", "planted"),
    [
        (WORKPLACE, "see /ro" + "ot/notes"),
        (REGISTRY, "https://registry" + ".npmjs.org/x"),
        (EXCUSE, "@pytest.mark" + ".skip(reason='later')"),
        (MERGE, "<" * 7 + " HEAD"),
    ],
)
def test_the_rules_bite(rule: re.Pattern[str], planted: str) -> None:
    assert rule.search(planted)
