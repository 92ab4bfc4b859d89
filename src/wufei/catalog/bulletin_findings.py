"""Contradictions inside published figures, found by arithmetic: sums, shares and balances that do not hold."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from wufei.catalog.bulletins import Bulletin, Figure, FigureBalance, FigureShare, FigureSum
from wufei.catalog.finding import Finding, Severity
from wufei.catalog.scope import Scope
from wufei.terms.amounts import quantity, unit_text


def _bulletins(scope: Scope) -> tuple[Bulletin, ...]:
    found: tuple[Bulletin, ...] = scope.items(Bulletin.kind)
    return found


def _concerns(bulletin: Bulletin, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """The bulletin and what else a finding speaks of; each has a page."""
    return ((bulletin.kind, bulletin.id), *more)


def _known(bulletin: Bulletin, names: tuple[str, ...]) -> dict[str, Decimal] | None:
    """The numbers of the figures; None when one of them is not exactly known."""
    values = {name: bulletin.value(name) for name in names}
    found = {name: value for name, value in values.items() if value is not None}
    return found if len(found) == len(values) else None


def bulletin_sum_differs(scope: Scope) -> Iterator[Finding]:
    """A printed total is not the sum of its parts; says which part was left out when leaving one out explains it."""
    for bulletin in _bulletins(scope):
        for claim in bulletin.sums:
            values = _known(bulletin, (claim.total, *claim.parts))
            if values and values[claim.total] != sum(values[part] for part in claim.parts):
                yield _sum(bulletin, claim, values)


def _sum(bulletin: Bulletin, claim: FigureSum, values: dict[str, Decimal]) -> Finding:
    total, unit = bulletin.figure(claim.total), bulletin.figure(claim.total).unit
    added = sum((values[part] for part in claim.parts), Decimal(0))
    gap = added - values[claim.total]
    left_out = [bulletin.figure(part) for part in claim.parts if values[part] == gap]
    why_zh = f"；印出的合计恰好没有计入“{left_out[0].zh}”" if left_out else ""
    why_en = f"; the printed total is the sum without “{left_out[0].en}”" if left_out else ""
    terms = " + ".join(f"{values[part]:f}" for part in claim.parts)
    return Finding(
        "bulletin_sum_differs",
        "error",
        f"“{total.zh}”印作 {total.printed} {unit}，各项之和为 {terms} = {added:f} {unit}，"
        f"相差 {abs(gap):f} {unit}{why_zh}。",
        f"“{total.en}” is printed as {total.printed} ({unit_text(unit, 'en')}); its parts sum to {terms} = "
        f"{quantity(added, unit, 'en')}: {quantity(abs(gap), unit, 'en')} apart{why_en}.",
        _concerns(bulletin),
        bulletin.cites,
        {"printed": f"{total.printed} {unit}", "added": f"{added:f} {unit}", "gap": f"{gap:f} {unit}"},
    )


def bulletin_share_differs(scope: Scope) -> Iterator[Finding]:
    """A printed percentage is not the share of the printed figures; a note when its digits were only cut off."""
    for bulletin in _bulletins(scope):
        for claim in bulletin.shares:
            values = _known(bulletin, (claim.share, claim.part, claim.whole))
            if values and (severity := _off(values, claim)):
                yield _share(bulletin, claim, values, severity)


def _percent(values: dict[str, Decimal], claim: FigureShare) -> Decimal:
    return values[claim.part] / values[claim.whole] * 100


def _off(values: dict[str, Decimal], claim: FigureShare) -> Severity | None:
    printed = values[claim.share]
    step = Decimal(1).scaleb(int(printed.as_tuple().exponent))
    computed = _percent(values, claim)
    if computed.quantize(step, ROUND_HALF_UP) == printed:
        return None
    return "note" if Decimal(0) <= computed - printed < step else "error"


def _share(bulletin: Bulletin, claim: FigureShare, values: dict[str, Decimal], severity: Severity) -> Finding:
    share, part, whole = (bulletin.figure(name) for name in (claim.share, claim.part, claim.whole))
    computed = f"{_percent(values, claim).quantize(Decimal('0.1'), ROUND_HALF_UP):f} %"
    cut_zh, cut_en = ("，多余的位数被舍去", ", its further digits cut off") if severity == "note" else ("", "")
    sum_text = f"{part.value:f} ÷ {whole.value:f}"
    return Finding(
        "bulletin_share_differs",
        severity,
        f"“{share.zh}”印作 {share.printed}{cut_zh}；按印出的数字 {sum_text} 应为 {computed}。",
        f"“{share.en}” is printed as {share.printed}{cut_en}; the printed figures {sum_text} give {computed}.",
        _concerns(bulletin),
        bulletin.cites,
        {"printed": share.printed, "computed": computed},
    )


def bulletin_denominator_short(scope: Scope) -> Iterator[Finding]:
    """A printed rate divides by less than the definition of its indicator does."""
    for bulletin in _bulletins(scope):
        for claim in bulletin.shares:
            values = _known(bulletin, (claim.share, claim.part, claim.whole))
            if claim.indicator is None or claim.leaves_out_zh is None or not values or _off(values, claim) == "error":
                continue
            indicator = scope.get("indicators", claim.indicator)
            share, whole = bulletin.figure(claim.share), bulletin.figure(claim.whole)
            sum_text = f"{values[claim.part]:f} ÷ {values[claim.whole]:f}"
            yield Finding(
                "bulletin_denominator_short",
                "warning",
                f"“{share.zh}”{share.printed} 是 {sum_text}：分母只有“{whole.zh}”，"
                f"而指标 {indicator.no} 的定义还要加上{claim.leaves_out_zh}；两者不可直接比较。",
                f"“{share.en}”, {share.printed}, is {sum_text}: below the line stands only “{whole.en}”, while the "
                f"definition of indicator {indicator.no} adds {claim.leaves_out_en}; the two do not compare.",
                _concerns(bulletin, ("indicators", indicator.id)),
                (*bulletin.cites, *indicator.cites),
                {"printed": share.printed, "computed": sum_text},
            )


def bulletin_balance_open(scope: Scope) -> Iterator[Finding]:
    """Routes and stock of a stream are not what was generated: older stock lies inside, or mass is unaccounted for."""
    for bulletin in _bulletins(scope):
        for claim in bulletin.balances:
            gap = implied_opening(bulletin, claim)
            if gap:
                yield _balance(bulletin, claim, gap)


def implied_opening(bulletin: Bulletin, claim: FigureBalance) -> Decimal | None:
    """Routes plus stock minus generation, in the unit of generation; None when a figure is not exactly known."""
    values = _known(bulletin, (claim.generated, *claim.routes, claim.stock))
    if values is None:
        return None
    return sum(values.values(), Decimal(0)) - 2 * values[claim.generated]


def _balance(bulletin: Bulletin, claim: FigureBalance, gap: Decimal) -> Finding:
    generated: Figure = bulletin.figure(claim.generated)
    unit, accounted = generated.unit, (generated.value or Decimal(0)) + gap
    over_zh = f"多出的 {gap:f} {unit} 只能是往年的存量" if gap > 0 else f"有 {-gap:f} {unit} 去向不明"
    amount = quantity(abs(gap), unit, "en")
    over_en = f"the {amount} above it can only be older stock" if gap > 0 else f"{amount} are unaccounted for"
    return Finding(
        "bulletin_balance_open",
        "warning",
        f"“{generated.zh}”{generated.printed} {unit}，而各去向与贮存之和为 {accounted:f} {unit}：{over_zh}。",
        f"“{generated.en}” is {quantity(generated.value, unit, 'en')}, but its routes and stock sum to "
        f"{quantity(accounted, unit, 'en')}: {over_en}.",
        _concerns(bulletin, *((("streams", generated.stream),) if generated.stream else ())),
        bulletin.cites,
        {"generated": f"{generated.printed} {unit}", "accounted": f"{accounted:f} {unit}", "gap": f"{gap:f} {unit}"},
    )


CHECKS = (bulletin_sum_differs, bulletin_share_differs, bulletin_denominator_short, bulletin_balance_open)
