"""Documents as PDF by typst: a source of ours, its data and pictures; the font is a package's, none of the system's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import noto_cjk_sans_otc
import typst

MAIN = "main.typ"


@cache
def fonts() -> typst.Fonts:
    """The one family that documents are set in (Noto Sans CJK), read once; typst's own Latin faces beside it."""
    folder = str(Path(noto_cjk_sans_otc.__file__).parent)
    return typst.Fonts(include_system_fonts=False, font_paths=[folder])


def pdf(folder: str, source: str, data: Mapping[str, Any]) -> bytes:
    """The PDF of ``source``, a file of the folder of that name beside this module, which may use its other files.

    ``data`` are the values of the JSON files that the source reads, by their names.
    """
    given = {
        path.name: path.read_bytes() for path in files("wufei.reports").joinpath(folder).iterdir() if path.is_file()
    }
    given |= {name: json.dumps(value, ensure_ascii=False).encode() for name, value in data.items()}
    given[MAIN] = given.pop(source)
    return bytes(typst.compile(given, font_paths=fonts(), format="pdf", pdf_tags=False))
