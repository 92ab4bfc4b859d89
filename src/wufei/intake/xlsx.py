"""XLSX as a stream: rows come as they are parsed, and shared strings lie on the disk.

A full sheet of a million rows takes no more memory than a small one; python-calamine holds about a kilobyte per row.
Values are what the workbook has stored: a formula's last result, a date by its cell's number format.
"""

from __future__ import annotations

import os
import re
import tempfile
import zipfile
from array import array
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from xml.parsers import expat

from wufei.intake.errors import WorkbookBroken

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
BLOCK = 1 << 16
_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_PERCENTS = {9, 10}
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')


class Percent(float):
    """A number that the cell shows as a percentage: 0.02 shown as 2 %."""

    __slots__ = ()


class Failed(str):
    """What a failed formula shows, such as ``#N/A``."""

    __slots__ = ()


def sheet_names(path: Path) -> list[str]:
    """The visible sheets in their order. Raises WorkbookBroken."""
    with _opened(path) as archive:
        return list(_sheets(archive))


def rows(path: Path, name: str) -> Iterator[tuple[int, list[Any]]]:
    """(row number, cells) of a sheet; empty cells are None. Raises WorkbookBroken."""
    with _opened(path) as archive, tempfile.TemporaryFile() as store:
        text = _shared(archive, store)
        styles, epoch = _styles(archive), _epoch(archive)
        yield from _parse(archive, _sheets(archive)[name], _Rows(text, styles, epoch))


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise WorkbookBroken(why=error) from error


def _tree(archive: zipfile.ZipFile, name: str) -> ET.Element | None:
    try:
        body = archive.read(name)
    except KeyError:
        return None
    if b"<!DOCTYPE" in body:
        raise WorkbookBroken(why="DOCTYPE")
    try:
        return ET.fromstring(body)  # noqa: S314  (no document type, so no entities)
    except ET.ParseError as error:
        raise WorkbookBroken(why=f"{name}: {error}") from error


def _sheets(archive: zipfile.ZipFile) -> dict[str, str]:
    book, links = _tree(archive, "xl/workbook.xml"), _tree(archive, "xl/_rels/workbook.xml.rels")
    if book is None or links is None:
        raise WorkbookBroken(why="xl/workbook.xml")
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    found = {}
    for sheet in book.iter(f"{MAIN}sheet"):
        target = targets.get(sheet.get(RELATION), "")
        if sheet.get("state", "visible") == "visible" and "worksheets" in target:
            found[sheet.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return found


def _epoch(archive: zipfile.ZipFile) -> datetime:
    book = _tree(archive, "xl/workbook.xml")
    settings = book.find(f"{MAIN}workbookPr") if book is not None else None
    late = settings is not None and settings.get("date1904") in {"1", "true"}
    return datetime(1904, 1, 1) if late else datetime(1899, 12, 30)  # noqa: DTZ001  (a spreadsheet knows no zone)


def _styles(archive: zipfile.ZipFile) -> list[str]:
    """For each cell style ``date``, ``percent`` or ``number``."""
    tree = _tree(archive, "xl/styles.xml")
    if tree is None:
        return []
    own = {int(f.get("numFmtId", "0")): f.get("formatCode", "") for f in tree.iter(f"{MAIN}numFmt")}
    cells = tree.find(f"{MAIN}cellXfs")
    return [_style(int(xf.get("numFmtId", "0")), own) for xf in cells] if cells is not None else []


def _style(number: int, own: dict[int, str]) -> str:
    if number in own:
        elapsed = re.search(r"\[[hms]+\]", own[number], re.IGNORECASE)
        code = _QUOTED.sub("", own[number]).lower()
        if re.search(r"[ymdhs年月日]", code) and "general" not in code and not elapsed:
            return "date"
        return "percent" if "%" in code else "number"
    return "date" if number in _DATES else "percent" if number in _PERCENTS else "number"


def _shared(archive: zipfile.ZipFile, store: Any) -> Callable[[int], str]:
    """Write the shared strings into ``store`` and return the function that reads one back."""
    ends = array("Q", [0])

    def take(text: str) -> None:
        body = text.encode()
        store.write(body)
        ends.append(ends[-1] + len(body))

    if "xl/sharedStrings.xml" in archive.namelist():
        for _ in _feed(archive, "xl/sharedStrings.xml", _Strings(take)):
            pass
    store.flush()
    number = store.fileno()

    @lru_cache(maxsize=1 << 14)
    def read(index: int) -> str:
        return os.pread(number, ends[index + 1] - ends[index], ends[index]).decode()

    return read


class _Handler:
    """What a parser calls; ``ready`` are rows that can be given out."""

    def __init__(self) -> None:
        self.ready: list[tuple[int, list[Any]]] = []
        self.text: list[str] | None = None

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, tag: str) -> None:
        """An element ends."""

    def data(self, text: str) -> None:
        """Some of its text."""
        if self.text is not None:
            self.text.append(text)


class _Strings(_Handler):
    """Gathers the text of each ``si``, without phonetic guides."""

    def __init__(self, take: Callable[[str], None]) -> None:
        super().__init__()
        self._take, self._guide = take, False
        self._parts: list[str] = []

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        if tag == "rPh":
            self._guide = True
        elif tag == "t" and not self._guide:
            self.text = []

    def end(self, tag: str) -> None:
        if tag == "t" and self.text is not None:
            self._parts.append("".join(self.text))
            self.text = None
        elif tag == "rPh":
            self._guide = False
        elif tag == "si":
            self._take("".join(self._parts))
            self._parts.clear()


class _Rows(_Handler):
    """Gathers the cells of each row."""

    def __init__(self, shared: Callable[[int], str], styles: list[str], epoch: datetime) -> None:
        super().__init__()
        self._shared, self._styles, self._epoch = shared, styles, epoch
        self._row = 0
        self._cells: list[Any] = []
        self._inline: list[str] = []
        self._at, self._type, self._style, self._value = 0, "n", 0, ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            reference = attributes.get("r")
            self._at = _column(reference.rstrip("0123456789")) if reference else len(self._cells)
            self._type, self._style = attributes.get("t", "n"), int(attributes.get("s", 0))
            self._value = ""
        elif tag in {"v", "t"}:
            self.text = []
        elif tag == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._cells = []

    def end(self, tag: str) -> None:
        if tag == "v" and self.text is not None:
            self._value, self.text = "".join(self.text), None
        elif tag == "c":
            self._put()
        elif tag == "t" and self.text is not None:
            self._inline.append("".join(self.text))
            self.text = None
        elif tag == "row":
            self.ready.append((self._row, self._cells))

    def _put(self) -> None:
        inline, self._inline = "".join(self._inline), []
        value = inline if self._type == "inlineStr" else self._read()
        if value is None:
            return
        while len(self._cells) <= self._at:
            self._cells.append(None)
        self._cells[self._at] = value

    def _read(self) -> Any:
        text, kind = self._value, self._type
        if not text:
            return None
        if kind == "s":
            return self._shared(int(text))
        if kind == "n":
            return self._number(text)
        if kind == "b":
            return text == "1"
        if kind == "e":
            return Failed(text)
        return text

    def _number(self, text: str) -> Any:
        number = float(text)
        style = self._styles[self._style] if self._style < len(self._styles) else "number"
        if style == "date":
            return self._epoch + timedelta(milliseconds=round(number * 86_400_000))
        if style == "percent":
            return Percent(number)
        return int(number) if number.is_integer() and abs(number) < 1 << 53 else number


@lru_cache(maxsize=4096)
def _column(letters: str) -> int:
    number = 0
    for each in letters.upper():
        number = number * 26 + ord(each) - 64
    return number - 1


def _parse(archive: zipfile.ZipFile, name: str, handler: _Rows) -> Iterator[tuple[int, list[Any]]]:
    try:
        yield from _feed(archive, name, handler)
    except (ValueError, IndexError, OverflowError) as error:
        raise WorkbookBroken(why=f"{name}: {error}") from error


def _feed(archive: zipfile.ZipFile, name: str, handler: _Handler) -> Iterator[tuple[int, list[Any]]]:
    parser = expat.ParserCreate(namespace_separator=None)
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, _attributes: _attach(parser, handler, prefixed=":" in tag)
    parser.StartDoctypeDeclHandler = _no_doctype
    try:
        with archive.open(name) as file:
            while block := file.read(BLOCK):
                parser.Parse(block)
                yield from handler.ready
                handler.ready.clear()
            parser.Parse(b"", True)  # noqa: FBT003  (expat's own signature)
    except (expat.ExpatError, KeyError, zipfile.BadZipFile, EOFError) as error:
        raise WorkbookBroken(why=f"{name}: {error}") from error
    yield from handler.ready


def _attach(parser: Any, handler: _Handler, *, prefixed: bool) -> None:
    """Hand the parser over to the handler once the root shows whether names bear a prefix (rare, and slower)."""
    parser.CharacterDataHandler = handler.data
    parser.StartElementHandler, parser.EndElementHandler = handler.start, handler.end
    if prefixed:
        parser.StartElementHandler = lambda tag, attributes: handler.start(tag.rpartition(":")[2], attributes)
        parser.EndElementHandler = lambda tag: handler.end(tag.rpartition(":")[2])


def _no_doctype(*_: Any) -> None:
    raise WorkbookBroken(why="DOCTYPE")
