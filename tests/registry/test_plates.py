"""Plates and industry codes: what is one, of which kind, and what is none."""

import pytest

from wufei.catalog import Catalog
from wufei.registry.industry import IndustryUnknown, IndustryUnreadable, read_industry
from wufei.registry.plates import PlateKindDiffers, PlateUnreadable, read_plate


def test_every_kind_knows_its_example_and_no_other(catalogue: Catalog) -> None:
    for kind in catalogue.national.items("plate_kinds"):
        assert read_plate(kind.example, catalogue) == (kind.example, kind.id)


@pytest.mark.parametrize(
    ("text", "plate", "kind"),
    [
        ("蒙a·12345", "蒙A12345", "ordinary"),
        ("蒙Ａ　Ｄ１２３４５", "蒙AD12345", "new_energy_small"),
        ("蒙A12345F", "蒙A12345F", "new_energy_large"),
        ("蒙A-1234 挂", "蒙A1234挂", "trailer"),
        ("WJ 蒙 12345", "WJ蒙12345", "armed_police"),
    ],
)
def test_a_plate_is_kept_in_one_form(catalogue: Catalog, text: str, plate: str, kind: str) -> None:
    assert read_plate(text, catalogue) == (plate, kind)


@pytest.mark.parametrize(
    "text", ["", "蒙A1234", "蒙AO1234", "蒙AI2345", "A12345", "蒙O12345", "蒙A123456", "蒙AZ12345"]
)
def test_what_is_no_plate(catalogue: Catalog, text: str) -> None:
    with pytest.raises(PlateUnreadable):
        read_plate(text, catalogue)


def test_a_plate_of_another_kind_than_said(catalogue: Catalog) -> None:
    assert read_plate("蒙A12345", catalogue, "ordinary")[1] == "ordinary"
    with pytest.raises(PlateKindDiffers):
        read_plate("蒙A12345", catalogue, "new_energy_small")


@pytest.mark.parametrize(
    ("text", "code"), [("d", "D"), ("44", "44"), ("4411", "4411"), ("D4411", "4411"), ("０１", "01")]
)
def test_industry_codes(catalogue: Catalog, text: str, code: str) -> None:
    assert read_industry(text, catalogue) == code


@pytest.mark.parametrize(
    ("text", "error"),
    [("", IndustryUnreadable), ("4", IndustryUnreadable), ("44111", IndustryUnreadable), ("U", IndustryUnknown),
     ("98", IndustryUnknown), ("00", IndustryUnknown), ("C4411", IndustryUnknown), ("火电", IndustryUnreadable)],
)  # fmt: skip
def test_what_is_no_industry_code(catalogue: Catalog, text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_industry(text, catalogue)


def test_every_division_has_a_section(catalogue: Catalog) -> None:
    divisions = [item for item in catalogue.national.items("industries") if item.level == "division"]
    assert len(divisions) == 97
    assert all(catalogue.national.get("industries", item.parent).level == "section" for item in divisions)
