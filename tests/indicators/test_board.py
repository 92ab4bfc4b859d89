"""Figures from the Book and the Series: computed, reported or unknown with the reason; coverage, basis, uncertainty."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from wufei.indicators import Board, Figure
from wufei.indicators.serial import figure_as_data
from wufei.journal import Record
from wufei.registry.models import Organisation, Site
from wufei.terms import Basis, Period, Unknown

Look = Callable[..., Board]
Post = Callable[..., Record]
Y2023, Y2024 = Period.year(2023), Period.year(2024)


def value(figure: Figure) -> Any:
    return figure.result.value


def reason(figure: Figure) -> str:
    assert isinstance(figure.result.value, Unknown)
    return figure.result.value.en


def test_published_figures_give_real_values_and_honest_gaps(opened: Any, look: Look) -> None:
    board = look()
    base = board.figure("general_industrial_waste_generation_intensity")
    assert (value(base), base.way, base.result.basis_shares) == (Decimal("2.17"), "reported", {Basis.DECLARED: 1})
    assert value(board.figure("general_industrial_waste_generation_intensity", period=Y2024)) == Decimal("1.66")
    rate = board.figure("industrial_utilization_rate", period=Y2023)
    assert "earlier years’ stock is unknown" in reason(rate)
    assert {other.alternative.id: other.value for other in rate.alternatives} == {
        "by_generation": Decimal("57.4"),
        "by_routes": Decimal("57.4"),
    }
    gap = board.figure("general_industrial_waste_generation_intensity", period=Y2023)
    assert reason(gap) == "Industrial added value is unknown: nothing was reported"
    assert gap.inputs["generated"].value == 16_570_000
    assert value(board.figure("public_satisfaction_rate", period=Period.year(2025))) == Decimal("97.7")


def test_the_book_stands_beside_what_was_declared(opened: Any, look: Look) -> None:
    generated = look().figure("industrial_utilization_rate", period=Y2023).inputs["generated"]
    (booked,) = generated.others
    assert generated.value == 16_570_000
    assert booked.value == Fraction(10_286_200 + 2_467_100 + 2_073_500)


def test_a_figure_is_computed_with_its_coverage_basis_and_spread(say: Post, look: Look) -> None:
    say("audits_passed", 26, "2024", basis="measured", sd=Decimal(1))
    say("audits_required", 40, "2024", basis="declared")
    figure = look().figure("cleaner_production_audit_share", period=Y2024)
    assert (value(figure), figure.way, figure.exact) == (Decimal("65.0"), "computed", 65)
    assert figure.result.coverage == 1
    assert figure.result.basis_shares == {Basis.DECLARED: Decimal("0.5"), Basis.MEASURED: Decimal("0.5")}
    assert figure.result.sd == Decimal("2.5")  # one of forty, in per cent


def test_months_add_up_to_the_year_or_say_how_many_are_missing(move: Post, look: Look) -> None:
    for month in range(1, 12):
        move("storage:saihan", "sink:saihan", "municipal_waste", 60_000, f"2024-{month:02d}")
    figure = look().figure("municipal_waste_collected", period=Y2024)
    assert reason(figure).endswith("there are entries in 11 of 12 months")
    assert figure.result.coverage == Decimal("0.9167")
    move("storage:saihan", "sink:saihan", "municipal_waste", 40_000, "2024-12")
    board = look()
    assert value(board.figure("municipal_waste_collected", period=Y2024)) == Decimal("70.00")
    assert value(board.figure("municipal_waste_collected", "saihan", Y2024)) == Decimal("70.00")
    assert value(board.figure("municipal_waste_collected", period=Period.parse("2024-12"))) == Decimal("4.00")
    assert "nothing was reported" in reason(board.figure("municipal_waste_collected", "wuchuan", Y2024))


def test_divisions_add_up_to_the_city_or_say_which_are_missing(say: Post, look: Look) -> None:
    places = look().divisions
    assert len(places) == 11
    for number, place in enumerate(places[:-1]):
        say("green_mines", number, "2024", place=place)
        say("mines_in_all", 10, "2024", place=place)
    figure = look().figure("green_mine_completion_rate", period=Y2024)
    assert "missing" in reason(figure)
    assert figure.inputs["green_mines"].coverage == Fraction(10, 11)
    say("green_mines", 10, "2024", place=places[-1])
    say("mines_in_all", 10, "2024", place=places[-1])
    board = look()
    assert value(board.figure("green_mine_completion_rate", period=Y2024)) == Decimal("50.0")
    assert value(board.figure("green_mine_completion_rate", places[3], Y2024)) == Decimal("30.0")
    say("green_mines", 99, "2024")  # what the city itself says stands before the sum
    say("mines_in_all", 100, "2024")
    assert value(look().figure("green_mine_completion_rate", period=Y2024)) == Decimal("99.0")


def test_what_stands_at_the_end_is_the_last_of_the_year(say: Post, look: Look) -> None:
    for month, number in (("2024-03", 3), ("2024-11", 5), ("2025-01", 9)):
        say("zero_waste_cells", number, month)
    figure = look().figure("zero_waste_cell_count", period=Y2024)
    assert value(figure) == 5
    assert str(figure.inputs["zero_waste_cells"].period) == "2024-11"


def test_base_year_values_are_read_of_the_base_year(say: Post, look: Look) -> None:
    say("hazardous_landfilled", 30_000, "2020")
    say("hazardous_landfilled", 24_000, "2024")
    board = look()
    assert value(board.figure("industrial_hazardous_waste_landfill_reduction", period=Y2024)) == Decimal("20.0")
    assert value(board.figure("industrial_hazardous_waste_landfill_reduction")) == 0


def test_nothing_to_divide_by_is_unknown_unless_the_definition_says(say: Post, look: Look) -> None:
    for metric in ("cases_filed", "cases_referred", "complaints_resolved", "complaints_accepted"):
        say(metric, 0, "2024")
    board = look()
    assert value(board.figure("criminal_case_filing_rate", period=Y2024)) == 100
    assert reason(board.figure("complaint_resolution_rate", period=Y2024)) == "division by zero"


def test_healthcare_waste_is_not_industrial_hazardous_waste(move: Post, look: Look) -> None:
    move("origin:hohhot", "storage:hohhot", "healthcare_waste", 5_000, "2024")
    move("origin:hohhot", "storage:hohhot", "900-249-08", 69_000, "2024")
    amount = look().figure("industrial_hazardous_waste_generation_intensity", period=Y2024)
    assert amount.inputs["industrial_hazardous_generated"].value == 69_000


def test_the_past_is_read_as_it_was_known(say: Post, look: Look, journal: Any) -> None:
    say("green_factories", 40, "2024")
    ((then,),) = journal.execute("SELECT max(known_at) FROM journal.receipt").fetchall()
    time.sleep(0.01)
    say("green_factories", 45, "2024")
    assert value(look().figure("green_factory_count", period=Y2024)) == 45
    assert value(look(then).figure("green_factory_count", period=Y2024)) == 40
    assert "nothing was reported" in reason(
        look(datetime(2020, 1, 1, tzinfo=UTC)).figure("green_factory_count", period=Y2024)
    )


def test_the_way_back_ends_at_records(say: Post, look: Look) -> None:
    records = [say("audits_passed", 26, "2024"), say("audits_required", 40, "2024")]
    lineage = look().figure("cleaner_production_audit_share", period=Y2024).result.lineage
    assert lineage is not None
    assert lineage.kind == "formula"
    assert {r for step in lineage.walk() for r in step.records} == {str(record.id) for record in records}


def test_everything_is_read_in_five_questions(opened: Any, look: Look, asked: list[str]) -> None:
    board = look()
    assert len(asked) == 5
    figures = [
        board.figure(indicator, place, Period.year(year))
        for indicator in board.definitions
        for place in board.places
        for year in range(2020, 2026)
    ]
    assert len(asked) == 5
    assert len(figures) == 49 * 12 * 6
    assert {figure.way for figure in figures} == {"reported", "none"}


@pytest.mark.parametrize("kind", ["month", "quarter", "half"])
def test_shorter_periods_are_figures_too(say: Post, look: Look, kind: str) -> None:
    period = Period.containing(datetime(2024, 5, 1, tzinfo=UTC).date(), kind)
    say("green_parcels", 90, str(period))
    say("parcels_in_all", 100, str(period))
    assert value(look().figure("green_express_packaging_rate", period=period)) == 90


def test_a_figure_as_data_is_plain_json(opened: Any, look: Look) -> None:
    said = json.loads(json.dumps(figure_as_data(look().figure("industrial_utilization_rate", period=Y2023))))
    assert said["value"]["unknown"]["zh"] == "综合利用往年贮存量未知：没有填报"
    assert [other["value"] for other in said["alternatives"]] == ["57.4", "57.4"]
    used = said["lineage"]["children"][0]
    assert (used["kind"], used["value"]) == ("input", "9510000")
    assert used["children"][0]["records"]


def test_the_latest_year_with_a_value_is_found(opened: Any, look: Look) -> None:
    board = look()
    assert str(board.latest("general_industrial_waste_generation_intensity").result.period) == "2024"
    assert str(board.latest("green_mine_completion_rate").result.period) == "2020"
    assert not board.latest("key_industry_carbon_intensity_reduction").result.known


def test_concluded_inspections_make_the_pass_rate_until_the_city_reports_one(say: Post, look: Look) -> None:
    def rate(place: str | None = None, year: Period = Y2024) -> Any:
        return value(look().figure("hazardous_waste_inspection_pass_rate", place, year))

    org = Organisation.objects.create(id="inspected", name_zh="受检", kind="enterprise", place="togtoh")
    assert isinstance(rate(), Unknown)
    for number, (place, passed) in enumerate((("togtoh", 1), ("togtoh", 0), ("wuchuan", 1), ("wuchuan", 1))):
        site = Site.objects.create(org=org, name_zh=f"{number}号厂", place=place).pk
        say("hazardous_inspections", 1, "2024", place=site)
        say("hazardous_inspections_passed", passed, "2024", place=site)
    assert (rate(), rate("togtoh"), rate("wuchuan")) == (75, 50, 100)
    assert isinstance(rate("saihan"), Unknown)
    assert isinstance(rate(year=Y2023), Unknown)
    say("hazardous_inspections", 0, "2024", place=site)
    say("hazardous_inspections_passed", 0, "2024", place=site)  # concluded anew: the last word counts
    assert rate() == Decimal("66.7")
    say("enterprises_inspected", 40, "2024")
    say("inspections_passed", 39, "2024")
    assert rate() == Decimal("97.5")
    (beside,) = look().figure("hazardous_waste_inspection_pass_rate", period=Y2024).inputs["inspections_passed"].others
    assert beside.value == 2
