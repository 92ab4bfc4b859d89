"""Filling the search index from the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction

from wufei import catalog
from wufei.catalog.items import PlanItem
from wufei.terms import NamedError
from wufei.web.kinds import KINDS
from wufei.web.plan import SHARED
from wufei.web.search.folding import plain, spaced
from wufei.web.search.models import SearchDocument, SearchState

FORM = "2"
LINE = "line"
_SEEN = 4  # two characters, two trigrams each
EXTRA = (
    "reason_zh", "reason_en", "where", "users", "users_en", "code", "issuer", "number", "industry",
    "level1", "level2", "level1_en", "level2_en", "section", "section_en", "note_zh", "note_en",
    "numerator", "denominator",
)  # fmt: skip
PARTS = ("figures", "columns")  # named parts of an item, found by either name


class SearchBlindToChinese(NamedError):
    """The database takes Chinese characters for punctuation, so nothing Chinese could be found."""

    code = "search_blind_to_chinese"
    zh = "数据库的字符分类（LC_CTYPE）不认识汉字，无法检索中文。"
    en = "The database's character classes (LC_CTYPE) do not know Chinese characters; Chinese cannot be searched."
    remedy_zh = "请用 UTF-8 编码和 C.UTF-8 或 zh_CN.UTF-8 区域重新建库。"
    remedy_en = "Create the database again with encoding UTF-8 and locale C.UTF-8 or zh_CN.UTF-8."


def refresh() -> int:
    """Fill the index anew when it holds another catalogue; return how many documents it holds.

    Raises SearchBlindToChinese when the database cannot tell Chinese characters from punctuation.
    """
    cat = catalog.current()
    digest = f"{FORM}:{cat.digest}"
    state = SearchState.objects.filter(digest=digest).first()
    if state is not None:
        return state.documents
    _check_sight()
    documents = list(_documents(cat))
    with transaction.atomic():
        SearchState.objects.all().delete()
        SearchDocument.objects.all().delete()
        SearchDocument.objects.bulk_create(documents, batch_size=500)
        SearchState.objects.create(digest=digest, documents=len(documents))
    return len(documents)


def _check_sight() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT cardinality(show_trgm(%s))", ["粉 煤"])
        if cursor.fetchone()[0] < _SEEN:
            raise SearchBlindToChinese


def _documents(cat: catalog.Catalog) -> Iterator[SearchDocument]:
    place = 0
    for city, scope in (("", cat.national), *cat.cities.items()):
        for kind in (k for k in KINDS if k != "findings"):
            for item in scope.items(kind) if city or kind in SHARED else ():
                place += 1
                yield _document(city, kind, item.id, None, place, _text(item))
        for source in scope.sources:
            if source.id in cat.texts:
                for number, said in cat.texts[source.id].lines(1, 10**6):
                    if said.strip():
                        place += 1
                        yield _document(city, LINE, source.id, number, place, said.strip())


def _document(city: str, kind: str, item_id: str, line: int | None, place: int, text: str) -> SearchDocument:
    return SearchDocument(
        city=city, kind=kind, item_id=item_id, line=line, place=place, text=text, plain=plain(text), spaced=spaced(text)
    )


def _text(item: Any) -> str:
    """Everything that people may remember of an item, one remembrance a line."""
    read = item.reading.values() if isinstance(item, PlanItem) else ()
    printed = item.printed if isinstance(item, PlanItem) else {}
    quoted = [] if isinstance(item, PlanItem) else [getattr(item, "printed", None), getattr(item, "reading", None)]
    aliases = [alias.zh for alias in getattr(item, "aliases", ())]
    parts = [name for field in PARTS for part in getattr(item, field, ()) for name in (part.zh, part.en)]
    texts = [
        item.zh,
        item.en,
        *read,
        *printed.values(),
        *quoted,
        *(getattr(item, name, None) for name in EXTRA),
        *aliases,
        *parts,
        item.id,
    ]
    return "\n".join(dict.fromkeys(str(text).replace("\n", " ") for text in texts if text))
