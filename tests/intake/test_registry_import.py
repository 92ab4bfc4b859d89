"""Sheets of organisations, sites, vehicles and permits: preview, row errors, atomic or row by row, and whose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from tests.intake.files import as_csv, as_xlsx
from tests.registry.rows import a_permit, a_site, a_vehicle, an_org, credit_code
from wufei.catalog import Catalog
from wufei.intake.error_sheet import write_error_sheet
from wufei.intake.importer import import_file
from wufei.intake.importing import Wish, sheet_of
from wufei.intake.registry_import import RegistryReport
from wufei.intake.template import csv_template, xlsx_template
from wufei.registry import declared
from wufei.registry.access import Wearer
from wufei.registry.closing import close
from wufei.registry.merging import merge
from wufei.registry.models import Organisation, Permit, Site, Vehicle

NOW = datetime(2025, 6, 1, 4, tzinfo=UTC)
ORGS = ["单位名称", "统一社会信用代码", "单位类型", "行业代码", "所在区划", "注册地址", "法定代表人"]
SITES = ["所属单位", "场所名称", "所在区划", "经度", "纬度", "坐标系", "投产日期", "环评年产生量（吨）"]
CARS = ["所属单位", "号牌号码", "车辆类型", "核定载质量（吨）", "道路运输证有效期止"]
PERMITS = ["所属单位", "许可种类", "编号", "有效期起", "有效期止", "场所", "废物", "年许可量（吨）"]

Run = Callable[..., RegistryReport]


@pytest.fixture
def run(journal: Connection[Any], catalogue: Catalog, tmp_path: Path) -> Run:
    def call(kind: str, head: list[str], rows: list[list[Any]], *, hat: Wearer | None = None, **wish: Any) -> Any:
        path = as_csv(tmp_path / f"{kind}.csv", rows, head)
        made = Wish(kind, path, "person-1", "zero_waste_office", **wish)
        return import_file(journal, catalogue, made, now=lambda: NOW, hat=hat)

    return call


def org_row(n: int, **changes: Any) -> list[Any]:
    told = {"name": f"第{n}化工厂", "code": credit_code(5000 + n), "kind": "企业", "industry": "2614",
            "place": "托克托县", "address": "工业园区", "person": "王小明"} | changes  # fmt: skip
    return list(told.values())


def places(report: RegistryReport) -> list[tuple[str, str]]:
    return [(e["error"]["place"], e["error"]["code"]) for e in report.errors]


def test_a_dry_run_says_what_is_new_changed_and_unchanged(run: Run) -> None:
    assert (run("orgs", ORGS, [org_row(1), org_row(2)], dry_run=True).appended) == 2
    assert not Organisation.objects.exists()
    report = run("orgs", ORGS, [org_row(1), org_row(2)])
    assert (report.appended, report.changed, report.duplicates, report.kept) == (2, 0, 0, True)
    org = Organisation.objects.get(credit_code=credit_code(5001))
    assert (org.kind, org.place, org.industry, org.legal_person) == ("enterprise", "togtoh", "2614", "王小明")
    rows = [org_row(1), org_row(2, address="新址", person="李雷"), org_row(3)]
    report = run("orgs", ORGS, rows, dry_run=True)
    assert (report.appended, report.changed, report.duplicates, report.refused) == (1, 1, 1, 0)
    changed = next(p for p in report.preview if p["status"] == "changed")
    assert changed["changes"] == {"registered_address": ["工业园区", "新址"], "legal_person": ["…", "…"]}
    assert not report.kept
    assert Organisation.objects.count() == 2


def test_an_empty_cell_leaves_what_is_on_register(run: Run) -> None:
    run("orgs", ORGS, [org_row(1)])
    report = run("orgs", ORGS, [org_row(1, address="", industry="", person="")])
    assert (report.duplicates, report.changed) == (1, 0)
    assert Organisation.objects.get().registered_address == "工业园区"


def test_every_wrong_cell_is_told_by_its_place(run: Run) -> None:
    rows = [
        org_row(1, code=credit_code(1)[:-1] + "Y"),
        org_row(2, code="12345", industry="98", kind="作坊"),
        org_row(3, name="", place="包头"),
        org_row(4),
        org_row(4, name="又一个"),
        org_row(5, code=""),
    ]
    report = run("orgs", ORGS, rows)
    assert places(report) == [
        ("B2", "credit_code_check"), ("C3", "cell_name_unknown"), ("E4", "cell_name_unknown"),
        ("A4", "cell_missing"), ("A6", "row_repeated"), ("B7", "credit_code_needed"),
    ]  # fmt: skip
    assert (report.refused, report.appended, report.kept) == (5, 0, False)
    assert not Organisation.objects.exists()


def test_row_by_row_the_sound_ones_go_in(run: Run, journal: Connection[Any]) -> None:
    report = run("orgs", ORGS, [org_row(1), org_row(2, code="9"), org_row(3)], mode="rows")
    assert (report.appended, report.refused, report.kept) == (2, 1, True)
    assert Organisation.objects.count() == 2
    line = "SELECT kind, state, appended, refused FROM intake_import"
    assert journal.execute(line).fetchall() == [("orgs", "refused", 2, 1)]
    report = run("orgs", ORGS, [org_row(1), org_row(2, code="9"), org_row(3)], mode="rows")
    assert (report.appended, report.duplicates, report.refused) == (0, 2, 1)
    assert journal.execute("SELECT count(*) FROM intake_import").fetchone() == (1,)


def test_a_workbook_with_dates_and_numbers(journal: Connection[Any], catalogue: Catalog, tmp_path: Path) -> None:
    org = an_org()
    day = datetime(2015, 6, 1)  # noqa: DTZ001  (a spreadsheet knows no zone)
    rows = [[org.credit_code, "一厂区", "togtoh", 111.670801, 40.818311, "wgs84", day, 120.5]]
    path = as_xlsx(tmp_path / "sites.xlsx", rows, SITES)
    wish = Wish("sites", path, "person-1", "zero_waste_office")
    report = import_file(journal, catalogue, wish, now=lambda: NOW)
    assert report.appended == 1, report.errors
    site = Site.objects.get()
    assert (str(site.longitude), site.in_operation_since.isoformat()) == ("111.670801", "2015-06-01")
    assert site.eia_generation_g_per_year == 120_500_000
    assert site.tenures.get().valid_from == site.in_operation_since
    assert import_file(journal, catalogue, wish, now=lambda: NOW).duplicates == 1


def test_sites_refer_to_organisations_by_code_id_or_name(run: Run, catalogue: Catalog) -> None:
    org, gone, twin = an_org(), an_org(), an_org("同名厂")
    an_org("同名厂")
    merge(gone, org, "person-1", NOW, catalogue)
    shut = an_org()
    close(shut, NOW.date(), "停产")
    x, y = "111.670801", "40.818311"
    rows = [
        [org.pk, "一", "托克托县", x, y, "wgs84", "2015-06-01", ""],
        [org.name_zh, "二", "托克托县", "", "", "", "", ""],
        [gone.pk, "三", "托克托县", "", "", "", "", ""],
        [twin.name_zh, "四", "托克托县", "", "", "", "", ""],
        ["没有的厂", "五", "托克托县", "", "", "", "", ""],
        [credit_code(1)[:-1] + "Y", "六", "托克托县", "", "", "", "", ""],
        [shut.pk, "七", "托克托县", "", "", "", "", ""],
        [org.pk, "八", "托克托县", y, x, "wgs84", "", ""],
        [org.pk, "九", "托克托县", x, y, "", "", ""],
        [org.pk, "十", "托克托县", "116.4", "39.9", "wgs84", "", ""],
    ]
    report = run("sites", SITES, rows, mode="rows")
    assert places(report) == [
        ("A5", "org_ambiguous"), ("A6", "org_not_found"), ("A7", "credit_code_check"), ("A8", "closed_to_new"),
        ("D9", "position_swapped"), ("D10", "datum_unknown"), ("D11", "position_outside_city"),
    ]  # fmt: skip
    assert sorted(Site.objects.values_list("name_zh", flat=True)) == sorted(["一", "二", "三"])
    assert set(Site.objects.values_list("org", flat=True)) == {org.pk}


def test_vehicles_by_plate(run: Run) -> None:
    carrier, other = an_org(), an_org()
    a_vehicle(other, "蒙A88888")
    rows = [
        [carrier.pk, "蒙a·12345", "罐式货车", "15.5", "2027-01-31"],
        [carrier.pk, "蒙A88888", "罐式货车", "", ""],
        [carrier.pk, "蒙AO1234", "罐式货车", "", ""],
        [carrier.pk, "蒙A 12345", "厢式货车", "", ""],
    ]
    report = run("vehicles", CARS, rows, mode="rows")
    assert places(report) == [("B3", "plate_in_use"), ("B4", "plate_unreadable"), ("A5", "row_repeated")]
    vehicle = Vehicle.objects.get(plate="蒙A12345")
    assert (vehicle.load_g, vehicle.plate_kind) == (15_500_000, "ordinary")
    report = run("vehicles", CARS, [[carrier.pk, "蒙A12345", "厢式货车", "", ""]])
    assert report.preview[0]["changes"] == {"kind": ["tank_truck", "box_truck"]}


def test_permits_line_by_line(run: Run) -> None:
    org = an_org()
    site = a_site(org, "一厂区")
    standing = a_permit(org, site, ("HW49",))
    licence = "危险废物综合经营许可证"
    rows = [
        [org.pk, licence, "A1", "2024-01-01", "2028-12-31", "一厂区", "HW08", "5000"],
        [org.pk, licence, "A1", "2024-01-01", "2028-12-31", "一厂区", "HW31", ""],
        [org.pk, licence, "A1", "2024-01-01", "2028-12-31", "一厂区", "HW08", "6000"],
        [org.pk, licence, "A2", "2024-01-01", "2028-12-31", "一厂区", "HW49", ""],
        [org.pk, licence, "A3", "2024-01-01", "2023-12-31", "一厂区", "HW18", ""],
        [org.pk, licence, "A4", "2024-01-01", "", "二厂区", "HW18", ""],
    ]
    report = run("permits", PERMITS, rows, mode="rows")
    assert places(report) == [
        ("C4", "row_repeated"), ("D5", "permit_overlaps"), ("E6", "permit_backwards"), ("F7", "site_not_found")
    ]  # fmt: skip
    permit = Permit.objects.get(number="A1")
    assert dict(permit.scopes.values_list("stream", "quota_g_per_year")) == {"HW08": 5_000_000_000, "HW31": None}
    assert set(Permit.objects.values_list("pk", flat=True)) == {permit.pk, standing.pk}
    report = run("permits", PERMITS, rows[:2])
    assert (report.appended, report.changed, report.duplicates) == (0, 0, 2)


def test_a_hat_writes_only_what_is_its(run: Run, catalogue: Catalog) -> None:
    org, other = an_org(), an_org()
    a_site(other, "旧厂区")
    rows = [
        [org.pk, "新厂区", "托克托县", "", "", "", "", ""],
        [other.pk, "新厂区", "托克托县", "", "", "", "", ""],
        [other.pk, "旧厂区", "武川县", "", "", "", "", ""],
        [org.pk, "再一厂区", "托克托县", "", "", "", "", ""],
    ]
    mine = Wearer(1, 1, "enterprise_admin", org=org.pk)
    report = run("sites", SITES, rows, hat=mine, dry_run=True)
    assert places(report) == [("A3", "row_not_yours"), ("A4", "row_not_yours")]
    report = run("sites", SITES, rows, hat=mine, mode="rows")
    assert (report.appended, report.refused) == (2, 2)
    assert Site.objects.filter(org=other).count() == 1
    assert Site.objects.get(org=other).place == "togtoh"
    county = Wearer(2, 2, "county_office", place="wuchuan")
    moved = [[other.pk, "旧厂区", "武川县", "", "", "", "", ""]]
    assert places(run("sites", SITES, moved, hat=county)) == [("A2", "row_not_yours")]
    office = Wearer(3, 3, "city_office")
    assert run("sites", SITES, moved, hat=office).changed == 1
    assert places(run("orgs", ORGS, [org_row(1)], hat=Wearer(4, 4, "auditor"))) == [("A2", "row_not_yours")]


def test_the_plan_s_bodies_keep_their_names(run: Run, catalogue: Catalog) -> None:
    declared.bring_in(catalogue)
    name = Organisation.objects.get(pk="datang_togtoh_power").name_zh
    report = run("orgs", ORGS, [org_row(1, name=name, code="", kind="其他", address="电厂路1号")])
    assert (report.changed, report.refused) == (1, 0), report.errors
    body = Organisation.objects.get(pk="datang_togtoh_power")
    assert (body.kind, body.registered_address) == ("enterprise", "电厂路1号")


def test_a_name_that_is_near_is_remarked(run: Run) -> None:
    an_org("内蒙古青山绿水环保科技有限公司")
    report = run("orgs", ORGS, [org_row(1, name="内蒙古青山绿水环境科技有限公司")], dry_run=True)
    assert [r.code for r in report.remarks] == ["seems_registered"]


def test_refused_rows_come_back_as_a_workbook(run: Run, catalogue: Catalog, tmp_path: Path) -> None:
    report = run("orgs", ORGS, [org_row(1), org_row(2, code="9")])
    target = tmp_path / "errors.xlsx"
    assert write_error_sheet(tmp_path / "orgs.csv", report, target, catalogue) == 1


@pytest.mark.parametrize("kind", ["orgs", "sites", "vehicles", "permits"])
def test_templates(catalogue: Catalog, kind: str) -> None:
    sheet = sheet_of(catalogue, kind)
    assert csv_template(sheet).startswith(b"\xef\xbb\xbf")
    assert xlsx_template(sheet, catalogue)
