"""Published figures of a city: as printed, what each is an observation or an entry of, and how they hang together."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field

from wufei.catalog.items import IndicatorRef, Item, Part, PlaceRef, SourceRef, StreamRef, UnitSymbol


class FigureEntry(Part):
    """The mass that a figure tells of, as an entry: accounts are ``role:place`` or ``role:place/detail``."""

    from_account: str
    to_account: str


class Figure(Part):
    """One published number: ``printed`` letter by letter, ``value`` in ``unit``.

    ``value`` is null where the print gives no exact number (``>90``). ``metric`` names what it is an observation of
    (a metric or an indicator); null where it must not be read as a value, and the note says why. ``entry`` is there
    only where the publication tells both where the mass came from and where it went. ``period`` and ``source`` differ
    from the bulletin's own where given.
    """

    id: str
    zh: str
    en: str
    clause: str
    printed: str
    value: Decimal | None
    unit: UnitSymbol
    metric: str | None
    period: str | None = None
    source: SourceRef | None = None
    stream: StreamRef | None = None
    entry: FigureEntry | None = None
    note_zh: str | None = None
    note_en: str | None = None


class FigureSum(Part):
    """A total and the figures that it is meant to be the sum of."""

    total: str
    parts: tuple[str, ...] = Field(min_length=2)


class FigureShare(Part):
    """A printed percentage, the figure it is a share of, and the figure above the line.

    ``leaves_out`` names, in both languages, what the definition of ``indicator`` also counts below the line.
    """

    share: str
    part: str
    whole: str
    indicator: IndicatorRef | None = None
    leaves_out_zh: str | None = None
    leaves_out_en: str | None = None


class FigureBalance(Part):
    """Generation, the routes it took and the stock left over, all of one stream.

    Where routes and stock exceed generation the difference was there before: ``opening_account`` gives it to
    ``stock_account`` as an estimate.
    """

    generated: str
    routes: tuple[str, ...] = Field(min_length=1)
    stock: str
    opening_account: str
    stock_account: str


class Bulletin(Item):
    """Figures that a city published for a period, each as printed, and the arithmetic that must hold among them."""

    kind: ClassVar[str] = "bulletins"

    place: PlaceRef
    period: str
    basis: Literal["declared", "estimated"] = "declared"
    figures: tuple[Figure, ...] = Field(min_length=1)
    sums: tuple[FigureSum, ...] = ()
    shares: tuple[FigureShare, ...] = ()
    balances: tuple[FigureBalance, ...] = ()
    note_zh: str | None = None
    note_en: str | None = None

    def value(self, figure_id: str) -> Decimal | None:
        """The figure's number; None where the print gives none."""
        return next((figure.value for figure in self.figures if figure.id == figure_id), None)

    def figure(self, figure_id: str) -> Figure:
        """The figure; raises KeyError."""
        found = next((figure for figure in self.figures if figure.id == figure_id), None)
        if found is None:
            raise KeyError(figure_id)
        return found

    def named(self) -> tuple[str, ...]:
        """Every figure that a sum, share or balance names."""
        sums = [name for each in self.sums for name in (each.total, *each.parts)]
        shares = [name for each in self.shares for name in (each.share, each.part, each.whole)]
        balances = [name for each in self.balances for name in (each.generated, *each.routes, each.stock)]
        return tuple(dict.fromkeys((*sums, *shares, *balances)))

    def accounts(self) -> tuple[str, ...]:
        """Every account that an entry or a balance names."""
        entries = [name for f in self.figures if f.entry for name in (f.entry.from_account, f.entry.to_account)]
        stocks = [name for each in self.balances for name in (each.opening_account, each.stock_account)]
        return tuple(dict.fromkeys((*entries, *stocks)))
