"""Names by template: the conventions of archives side by side, each read and written."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.errors import ConfigError
from appliance.domain.naming import Named, name_pattern

HD169 = "{archive}-{fonds}-{inventory}-{unit}"
TAY_NINH = "{archive}.{fonds}.{inventory}.{box}.{year}.{unit}"


@pytest.mark.parametrize(
    ("name_template", "code_template", "name", "code", "number"),
    [
        # HD 169/2010: pages run through the file unit
        (f"{HD169}-{{page}}", HD169, "Q3-5-1-10-66.jpg", "Q3-5-1-10", 66),
        # HD 169/2010: the page restarts in the document that begins on sheet 4
        (f"{HD169}-{{sheet}}-{{page}}", HD169, "Q3-5-1-10-4-1.jpg", "Q3-5-1-10", 4001),
        # HD 169/2010: one PDF for each document
        (f"{HD169}-{{number}}", HD169, "Q3-5-1-10-4.pdf", "Q3-5-1-10", 4),
        # TT 05/2025 docId
        ("{file_code}.{number}", "", "H49.64.33.2001.160.1.pdf", "H49.64.33.2001.160", 1),
        # TT 05/2025 docCode: seven figures
        (
            "{file_code}.{number:7}",
            "",
            "H49.64.33.2001.160.0000001.pdf",
            "H49.64.33.2001.160",
            1,
        ),
        # Tây Ninh: an agency code that holds the separator itself
        (
            f"{TAY_NINH}.{{number}}",
            "{archive}.{fonds}.{inventory}.{year}.{unit}",
            "000.01.37.H08.01.01.01.1976.01.1.tif",
            "000.01.37.H08.01.01.1976.01",
            1,
        ),
        # a project under TT 05
        (
            "{file_code}.{page:3}",
            "",
            "001.03.08.H30.81.2024.K4.01.01.001.pdf",
            "001.03.08.H30.81.2024.K4.01.01",
            1,
        ),
        # literal words around the parts
        (
            "Phông {fonds}, hs {unit}_tr{page}",
            "{fonds}/{unit}",
            "Phông BTH, hs 7a_tr12.TIF",
            "BTH/7a",
            12,
        ),
    ],
)
def test_each_convention_in_use(
    name_template: str, code_template: str, name: str, code: str, number: int
) -> None:
    """The template of a convention gives the file code and the order that people mean."""
    assert name_pattern(name_template, code_template).read(name) == Named(code, number)


def test_sheet_and_page_keep_their_order() -> None:
    """Sheet 4 page 2 comes before sheet 5 page 1, and 10 after 9."""
    pattern = name_pattern("{file_code}-{sheet}-{page}")
    names = ["A-4-1.tif", "A-4-2.tif", "A-4-10.tif", "A-5-1.tif", "A-10-1.tif"]
    numbers = [found.number for name in names if (found := pattern.read(name)) is not None]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == len(names)


@pytest.mark.parametrize(
    "name",
    [
        "Q3-5-1-10.jpg",
        "Q3-5-1-10-0.jpg",
        "Q3-5-1-10-x.jpg",
        "Q3-5-1-10-1-2.jpg",
        "Q3-5-1-10-1",
        "Q3--1-10-1.jpg",
        "Q3-5-1-10-1234567.jpg",
        "Q3-5-1-10-１.jpg",
        "",
    ],
)
def test_a_name_off_the_template_is_not_guessed(name: str) -> None:
    """A part too many, one too few or no figure: nobody knows what it means."""
    narrow = "{fonds}-{inventory}-{box}-{unit}"
    assert name_pattern(f"{narrow}-{{page}}", narrow).read(name) is None


def test_letters_compare_in_their_composed_form() -> None:
    """A name that macOS wrote (NFD) means the same hồ sơ."""
    name = unicodedata.normalize("NFD", "Hồ sơ-7.tif")
    assert name_pattern("{file_code}-{page}").read(name) == Named("Hồ sơ", 7)


@pytest.mark.parametrize(
    ("name_template", "code_template", "reason"),
    [
        ("{fonds}{unit}-{page}", "{fonds}.{unit}", "between two parts"),
        ("{fonds}x{unit}-{page}", "{fonds}.{unit}", "between two parts"),
        ("{archive}-{file_code}-{page}", "", "one of the two"),
        ("{file_code}", "", "it needs"),
        ("{file_code}-{sheet}", "", "it needs"),
        ("{file_code}-{page}-{number}", "", "it needs"),
        ("{file_code}-{page}-{sheet}", "", "stands before"),
        ("{fonds}-{page}", "", "file_code_template"),
        ("{fonds}-{page}", "{fonds}.{unit}", "no part"),
        ("{fonds}-{page}", "{fonds}.{page}", "no part"),
        ("{fonds}-{page}", "HS", "needs its parts"),
        ("{file_code}-{file_code}-{page}", "", "twice"),
        ("{file_code}-{trang}", "", "known:"),
        ("{file_code}-{page", "", "braces"),
        ("{file_code}/{page}", "", "slash"),
        ("{file_code:3}-{page}", "", "count of figures"),
        ("", "", "it needs"),
    ],
)
def test_a_template_with_two_readings_is_refused(
    name_template: str, code_template: str, reason: str
) -> None:
    """What could be read in two ways, or says too little, is an error of the settings."""
    with pytest.raises(ConfigError, match=reason) as caught:
        name_pattern(name_template, code_template)
    assert caught.value.code == "NAME-TEMPLATE"


WORDS = st.text("ABCĐ0123456789", min_size=1, max_size=8)


@given(
    archive=st.text("ABC.019", min_size=1, max_size=8),
    fonds=WORDS,
    unit=WORDS,
    year=st.integers(1000, 2999),
    page=st.integers(1, 999_999),
)
def test_what_a_template_writes_it_reads_back(
    archive: str, fonds: str, unit: str, year: int, page: int
) -> None:
    """One template both ways: every value comes back, whatever the agency's code holds."""
    template = "{archive}.{fonds}.{year}.{unit}.{page:6}"
    pattern = name_pattern(template, "{archive}|{fonds}|{year}|{unit}")
    values = {
        "archive": archive,
        "fonds": fonds,
        "unit": unit,
        "year": str(year),
        "page": str(page),
    }
    found = pattern.read(pattern.write(values))
    assert found == Named(f"{archive}|{fonds}|{year}|{unit}", page)
