"""The files of a dossier: JSON with everything, the document as PDF, every manifest as CSV."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from wufei.catalog import Catalog
from wufei.reports.dossier_sections import sections
from wufei.reports.typeset import pdf
from wufei.terms.spreadsheet import safe_text

_COLUMNS = ("case", "national_number", "state", "opened_at", "changed_at", "consignor", "from_site", "carrier",
            "vehicle", "consignee", "to_site")  # fmt: skip
_MASSES = ("stream", "dispatched_g", "accepted_g")


def files_of(dossier: dict[str, Any], catalog: Catalog, lang: str) -> dict[str, bytes]:
    """The files by name."""
    return {
        "dossier.json": json.dumps(dossier, ensure_ascii=False, indent=1).encode(),
        "dossier.pdf": pdf_of(dossier, catalog, lang),
        "manifests.csv": _manifests(dossier),
    }


def pdf_of(dossier: dict[str, Any], catalog: Catalog, lang: str) -> bytes:
    """The document in one language."""
    laid = [
        {"title": s.title, "note": s.note, "heads": list(s.heads), "rows": [list(row) for row in s.rows]}
        for s in sections(dossier, catalog, lang)
    ]
    told = dossier["identity"]
    title = f"{'Inspection dossier' if lang == 'en' else '检查卷宗'} · {told['site_name']}"
    given = {"title": title, "subtitle": f"{told['org_name']} · {dossier['made_at']}", "footer": title,
             "lang": "en" if lang == "en" else "zh", "sections": laid}  # fmt: skip
    return pdf("paper", "paper.typ", {"paper.json": given})


def _manifests(dossier: dict[str, Any]) -> bytes:
    """One line for each waste of each manifest, masses in grams; nothing in it is a formula."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow([*_COLUMNS, *_MASSES])
    for each in dossier["manifests"]:
        for waste in each["wastes"] or [{}]:
            cells = [*(each.get(name) for name in _COLUMNS), *(waste.get(name) for name in _MASSES)]
            rows.writerow(["" if cell is None else safe_text(str(cell)) for cell in cells])
    return ("\ufeff" + out.getvalue()).encode()
