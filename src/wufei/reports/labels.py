"""Labels of containers as PDF, HJ 1276—2022: one page each, its side by the container's volume, its code as QR.

Sides and heights of letters are those of the standard (known at second hand); the drawings are ours. The text of a
label is Chinese, whoever prints it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from io import BytesIO
from typing import Any

import pypdfium2
import segno
from psycopg import Connection

from wufei import catalog
from wufei.registry.container_code import read_container_code
from wufei.registry.models import Contact, Organisation, Person
from wufei.reports.container_contents import contents
from wufei.reports.typeset import pdf
from wufei.workflow.values import Values

CHUNK = 50
# up to so many litres, side and least height of letters in millimetres
_SIZES: tuple[tuple[Decimal | None, int, Decimal], ...] = (
    (Decimal(50), 100, Decimal("3.1")), (Decimal(450), 150, Decimal("5.1")), (None, 200, Decimal("6.1")),
)  # fmt: skip
_HAZARDS = {
    "T": ("toxic", "毒性"), "C": ("corrosive", "腐蚀性"), "I": ("ignitable", "易燃性"), "R": ("reactive", "反应性"),
    "In": ("infectious", "感染性"),
}  # fmt: skip
_FORMS = {"solid": "固态", "semi_solid": "半固态", "liquid": "液态", "gas": "气态"}
_WORDS = {
    "title": "危险废物", "hazards": "危险特性", "name": "废物名称", "category": "废物类别", "code": "废物代码",
    "form": "废物形态", "main": "主要成分", "harmful": "有害成分", "precautions": "注意事项",
    "identification": "数字识别码", "unit": "产生/收集单位", "contact": "联系人和联系方式", "day": "产生日期",
    "mass": "废物重量", "remark": "备注",
}  # fmt: skip
# The lines that each text may take, and whether it stands beside the square of hazards or code.
_ROOM = {
    "name": (1, True), "category": (1, True), "main": (1, False), "harmful": (1, False), "precautions": (2, False),
    "unit": (2, True), "contact": (1, True), "remark": (1, False),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    """A label's side and the height of its letters, in millimetres."""

    side_mm: int
    text_mm: Decimal

    def fits(self, text: str, lines: int, *, beside: bool) -> str:
        """The text, cut with an ellipsis where it is longer than its room."""
        wide = (self.side_mm - 1) * (Decimal("0.71") if beside else 1) - self.text_mm * Decimal("6.2")
        room = wide / self.text_mm * lines - (1 if lines > 1 else 0)
        if _width(text) <= room:
            return text
        kept = ""
        for letter in text:
            if _width(kept + letter) > room - 1:
                break
            kept += letter
        return kept + "…"


def _width(text: str) -> Decimal:
    """How wide a text is, in heights of letters."""
    return sum((Decimal("0.58") if letter.isascii() else Decimal(1) for letter in text), Decimal(0))


def size_of(volume_l: Any) -> Size:
    """The size of the label of a container of that many litres; the largest where the volume is unknown."""
    try:
        volume = Decimal(str(volume_l))
    except InvalidOperation:
        volume = None
    found = next((s for s in _SIZES if volume is not None and (s[0] is None or volume <= s[0])), _SIZES[-1])
    return Size(found[1], found[2])


def hazards_of(marks: str | None) -> list[dict[str, str]]:
    """The pictograms that the catalogue's marks (``T,I`` or ``C/R``) ask for, each with its name."""
    found = dict.fromkeys((marks or "").replace("/", ",").replace(" ", "").split(","))
    return [dict(zip(("id", "name"), _HAZARDS[mark], strict=True)) for mark in found if mark in _HAZARDS]


def labels_of(connection: Connection[Any], containers: Sequence[Values]) -> list[dict[str, Any]]:
    """What each label says, from the containers' forms, the register and the book: three queries."""
    whole = [values for values in containers if values.get("code")]
    units = {read_container_code(values["code"]).unit for values in whole}
    orgs = {org.credit_code: org for org in Organisation.objects.filter(credit_code__in=units)}
    contacts = _contacts(whole)
    held = contents(connection, [str(values["lot"]) for values in whole])
    return [_label(values, orgs, contacts, sum(part.mass_g for part in held[str(values["lot"])])) for values in whole]


def _label(values: Values, orgs: Mapping[str | None, Any], contacts: Mapping[str, str], mass_g: int) -> dict[str, Any]:
    code, size = read_container_code(values["code"]), size_of(values.get("volume_l"))
    national = catalog.current().national
    stream = national.find("streams", str(values.get("stream")))
    parent = national.find("streams", stream.parent) if stream and stream.parent else None
    org = orgs.get(code.unit)
    said = {
        "name": values.get("waste_name") or (stream.zh if stream else ""),
        "category": f"{parent.code} {parent.zh}" if parent else "",
        "main": values.get("main_components") or "",
        "harmful": values.get("harmful_components") or "",
        "precautions": values.get("precautions") or "",
        "unit": org.name_zh if org else code.unit,
        "contact": contacts.get(str(values.get("contact"))) or contacts.get(str(values.get("site"))) or "",
        "remark": values.get("remark") or "",
    }
    cut = {name: size.fits(text, _ROOM[name][0], beside=_ROOM[name][1]) for name, text in said.items()}
    return cut | {
        "side_mm": size.side_mm, "text_mm": float(size.text_mm), "waste": code.waste,
        "form": _FORMS.get(str(values.get("form")), ""), "day": code.day.isoformat(), "code": _grouped(str(code)),
        "mass": f"{(Decimal(mass_g) / 1000).normalize():f} 千克" if mass_g > 0 else "",
        "hazards": hazards_of(values.get("hazards")), "qr": qr(str(code)),
    }  # fmt: skip


def _grouped(code: str) -> str:
    """The code in its four parts; a line may break between them."""
    return "-\u200b".join((code[:18], code[18:26], code[26:34], code[34:]))


def qr(code: str) -> str:
    """The code as a QR picture (SVG) that is read with a quarter of it spoilt, on white with its quiet zone.

    The mask is fixed: any is allowed, and trying all eight takes most of the time that a label needs.
    """
    return str(segno.make(code, error="q", mask=2, micro=False).svg_inline(border=4, light="white"))


def _contacts(containers: Iterable[Values]) -> dict[str, str]:
    """Name and phone: of the people named by their actors, and of the first open contact of each site."""
    kept = list(containers)
    people = {str(values["contact"]).removeprefix("person-") for values in kept if values.get("contact")}
    found = {}
    for person in Person.objects.filter(pk__in=[pk for pk in people if pk.isdigit()]):
        found[person.actor] = f"{person.full_name or person.username} {person.phone or ''}".strip()
    sites = {str(values.get("site")) for values in kept}
    for contact in Contact.objects.filter(site__in=sites, closed_on=None).order_by("-created_at"):
        found[contact.site_id] = f"{contact.name or ''} {contact.phone or ''}".strip()
    return found


def chunks(labels: Sequence[dict[str, Any]]) -> Iterator[bytes]:
    """The labels as PDFs of some dozens of pages each, so that progress can be told and the work be stopped."""
    for begin in range(0, len(labels), CHUNK):
        part = {"labels": labels[begin : begin + CHUNK], "words": _WORDS}
        yield pdf("label", "label.typ", {"labels.json": part})


def joined(parts: Iterable[bytes]) -> bytes:
    """Several PDFs as one."""
    whole = pypdfium2.PdfDocument.new()
    for part in parts:
        source = pypdfium2.PdfDocument(part)
        whole.import_pages(source)
        source.close()
    out = BytesIO()
    whole.save(out)
    whole.close()
    return out.getvalue()
