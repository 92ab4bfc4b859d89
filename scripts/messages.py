"""Bring the Chinese translations up to date with the code: ``python scripts/messages.py``.

Collects every message of the Python code and the templates, adds what is new to the .po file, drops what is
gone, keeps the translations. Exits with 1 when a message has no translation yet.
"""

import ast
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src/wufei"
PO = SOURCE / "web/locale/zh_Hans/LC_MESSAGES/django.po"
KEYWORDS = {"gettext": None, "gettext_lazy": None, "ngettext": (1, 2), "_": None}
QUOTED = r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(rf"\bgettext\(u?{QUOTED}\)|\b_\({QUOTED}\)")
VOLATILE = tuple(
    f'"{name}' for name in ("POT-Creation", "PO-Revision", "Generated-By", "Last-Tr", "Report-", "Language-T")
)


def python_messages(path: Path) -> Iterator[str]:
    """Messages of a Python file."""
    for _line, message, _comments, _context in extract("python", BytesIO(path.read_bytes()), KEYWORDS):
        yield message if isinstance(message, str) else message[0]


def template_messages(path: Path) -> Iterator[str]:
    """Messages of a template; Django itself turns the tags into calls."""
    calls = templatize(path.read_text(encoding="utf-8"))
    for match in CALL.finditer(calls):
        yield ast.literal_eval(match[1] or match[2])


def collect() -> Catalog:
    """All messages of the project, without translations."""
    found = Catalog(locale="zh_Hans", fuzzy=False)
    for path in sorted(SOURCE.rglob("*.py")) + sorted(SOURCE.rglob("*.html")):
        read = template_messages if path.suffix == ".html" else python_messages
        for message in read(path):
            found.add(message, locations=[(str(path.relative_to(ROOT)), None)])
    return found


def translated() -> Catalog:
    """The .po file as it stands."""
    if not PO.exists():
        return Catalog(locale="zh_Hans")
    with PO.open("rb") as file:
        return read_po(file, locale="zh_Hans")


def brought_up_to_date() -> Catalog:
    """Every message of the code with the translation that it has."""
    old = translated()
    new = Catalog(locale="zh_Hans", project="Wufei", version="1", fuzzy=False, header_comment="# Chinese of the pages.")
    for message in collect():
        if message.id:
            kept = old.get(message.id)
            new.add(message.id, kept.string if kept else "", locations=message.locations)
    return new


def text_of(catalog: Catalog) -> str:
    """The .po text: sorted, without dates, so that it changes only when a message does."""
    out = BytesIO()
    write_po(out, catalog, width=110, sort_output=True, include_lineno=False)
    lines = out.getvalue().decode().splitlines()
    return "\n".join(line for line in lines if not line.startswith(VOLATILE)).rstrip() + "\n"


def missing(catalog: Catalog) -> list[str]:
    """The messages that nobody has translated."""
    return [str(message.id) for message in catalog if message.id and not message.string]


if __name__ == "__main__":
    catalog = brought_up_to_date()
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_text(text_of(catalog), encoding="utf-8")
    for text in missing(catalog):
        print(f"not translated: {text}", file=sys.stderr)
    sys.exit(bool(missing(catalog)))
