"""Write docs/catalogue.md from the catalogue's own models: every kind and its fields.

Run it after a change to a kind: ``.venv/bin/python scripts/catalogue_docs.py``. A test holds the page to the models.
"""

from pathlib import Path
from typing import Any, get_args

from wufei.catalog import every_kind as kinds
from wufei.catalog.items import Item, Part

PAGE = Path(__file__).resolve().parent.parent / "docs/catalogue.md"
OPENING = """# The catalogue

What a city, a stream or a rule decides is one YAML file: its name is its id, its folder is its kind, and folders are
scanned. This page is written from the models in `src/wufei/catalog` by `scripts/catalogue_docs.py`.

Every file has the head `id`, `zh`, `en`, `valid_from`, `valid_to` (may be null), `cites` and `checked_on`. A citation
names `source` and `clause`, and `line` (with `line_to`) where the source's text is shipped. A file that lacks one is
refused, as is an unknown field, a repeated key, a reference to nothing, an undefined unit, a validity that overlaps
another version's, or a printed form that does not stand on its cited line: `wufei check` names file, line and remedy.

A list that is published as a table is one head file with `table: NAME.csv`; each row of the CSV beside it is an item
that inherits the head. A thing that changes is a second file with the same id in a sub-folder and a later `valid_from`.

What a plan prints is kept letter by letter under `printed`; its `reading` is the same after the corrections that are
`sure`. Corrections that are `likely` or `unknown` are shown beside the printed form and never applied.
"""


def page() -> str:
    """The whole document."""
    parts = [OPENING]
    for title, models in (("Kinds of the nation", kinds.NATIONAL), ("Kinds of a city", kinds.CITY)):
        parts.append(f"## {title}\n")
        parts += [section(model) for _, model in sorted(models.items())]
    return "\n".join(parts)


def section(model: type[Item]) -> str:
    """One kind: what it is, and its own fields."""
    head = f"### `{model.kind}`\n\n{summary(model)}\n"
    rows = paired([row for name in own_fields(model, Item) for row in field_rows(model, name)])
    table = "\n| field | holds |\n| --- | --- |\n" + "\n".join(rows) + "\n" if rows else ""
    return head + table


def summary(model: type[Any]) -> str:
    """The first paragraph of the class's docstring."""
    return " ".join((model.__doc__ or "").strip().split("\n\n")[0].split()).replace("``", "`")


def own_fields(model: type[Part], base: type[Part]) -> list[str]:
    """Fields of ``model`` that ``base`` has not."""
    return [name for name in model.model_fields if name not in base.model_fields]


def field_rows(model: type[Part], name: str) -> list[str]:
    """The table row of a field, and of the fields below it."""
    field = model.model_fields[name]
    shown = field.alias or name
    needed = "" if field.is_required() else ", optional"
    rows = [f"| `{shown}` | {describe(field.annotation)}{needed} |"]
    for part in parts_of(field.annotation):
        rows += [f"| `{shown}.{row[3:]}" for child in part.model_fields for row in field_rows(part, child)]
    return rows


def paired(rows: list[str]) -> list[str]:
    """The rows with a Chinese field and its English twin as one."""
    found: list[str] = []
    for row in rows:
        name = row.split("`")[1]
        twin = name.removesuffix("en") + "zh"
        if found and name.endswith("en") and row == found[-1].replace(f"`{twin}`", f"`{name}`"):
            found[-1] = found[-1].replace(f"`{twin}`", f"`{twin}`, `{name}`")
        else:
            found.append(row)
    return found


def parts_of(annotation: Any) -> list[type[Part]]:
    """Models inside an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return [annotation]
    return [part for inner in get_args(annotation) for part in parts_of(inner)]


WORDS = {
    "str": "text",
    "int": "whole number",
    "Decimal": "number",
    "bool": "true or false",
    "date": "date",
    "NoneType": "null",
}


def describe(annotation: Any) -> str:
    """An annotation in words."""
    inner = [arg for arg in get_args(annotation) if arg is not Ellipsis]
    if inner and all(isinstance(arg, str) for arg in inner):
        return " / ".join(f"`{arg}`" for arg in inner)
    name = getattr(annotation, "__name__", "")
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return summary(annotation).rstrip(".")
    if name == "tuple":
        return "list of: " + " and ".join(dict.fromkeys(describe(arg) for arg in inner))
    if name == "dict":
        return "mapping of field to text"
    if inner:
        return " or ".join(dict.fromkeys(describe(arg) for arg in inner if not hasattr(arg, "func")))
    return WORDS.get(name, name)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE.name)
