"""Names as people see them: nothing hides in them, and what is wrong is said."""

from __future__ import annotations

import os
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.drop_names import (
    NO_NUMBER,
    meant,
    name_problem,
    natural_key,
    shortened,
    visible,
)

if TYPE_CHECKING:
    from random import Random


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        ("0017.tif", "0017.tif"),
        (unicodedata.normalize("NFD", "Hồ sơ"), "Hồ sơ"),
        (" 0017.tif ", "␠0017.tif␠"),
        ("a\nb\tc\x7f", "a␊b␉c␡"),
        ("a\u200bb\ufeff", "a⟨U+200B⟩b⟨U+FEFF⟩"),
        (os.fsdecode(b"H\xe5 s\xac.tif"), "H� s�.tif"),
        ("a\u2028b", "a⟨U+2028⟩b"),
        ("   ", "␠␠␠"),
    ],
)
def test_odd_characters_are_made_visible(part: str, shown: str) -> None:
    """bagit-python#12, bagit-python#51: line breaks and Unicode forms break lists unseen."""
    assert visible(part) == shown


@given(st.text(max_size=60))
def test_what_is_shown_can_be_printed_and_stored(part: str) -> None:
    """Any name becomes text on one line that UTF-8 carries; showing it again changes nothing."""
    shown = visible(part)
    shown.encode("utf-8")
    assert len(shown.splitlines()) <= 1
    assert not any(unicodedata.category(character) in {"Cc", "Cs", "Cf"} for character in shown)
    assert visible(shown) == shown


def test_spaces_at_the_ends_of_a_folder_mean_nothing() -> None:
    """A folder named with a space too many still means its hồ sơ."""
    assert meant(visible(" HS 01  ")) == "HS 01"


@pytest.mark.parametrize("name", ["1.tif", "0017.TIF", "999999.jpeg"])
def test_a_good_name_has_no_problem(name: str) -> None:
    """The usual names of scanners are taken as they are."""
    assert name_problem(name) is None


@pytest.mark.parametrize(
    ("name", "word"),
    [
        (" 0017.tif", "begins or ends with a space"),
        ("0017.tif ", "begins or ends with a space"),
        ("0017 .tif", "begins or ends with a space"),
        ("0017\n.tif", "line break"),
        ("00\u200b17.tif", "invisible"),
        ("００１７.tif", "plain 0–9"),
        (os.fsdecode(b"trang \xb5.tif"), "not Unicode"),
        ("0017 (1).tif", "copy"),
        ("0017 - Copy.tif", "copy"),
        ("0017-sao chép.tif", "copy"),
        ("0017_R.tif", "letters follow"),
        ("0017a.tif", "letters follow"),
        ("0000.tif", "begin with 1"),
        ("1234567.tif", "6 figures"),
        ("0017", "no ending"),
        (".tif", "no ending"),
        ("bìa.tif", "no number"),
        ("x" * 251 + ".tif", "no number"),
    ],
)
def test_a_bad_name_says_what_is_wrong_with_it(name: str, word: str) -> None:
    """A person reads the one thing to mend, in both languages."""
    problem = name_problem(visible(name))
    assert problem is not None
    assert word in problem.en
    assert problem.vi
    assert (problem == NO_NUMBER) == (word == "no number")


def test_names_are_sorted_as_people_count() -> None:
    """kitodo#6220 and contractors' lists: 1, 2, 10, in whatever script, letters beside theirs."""
    names = [
        "10.tif",
        "9.tif",
        "ă2.tif",
        "a10.tif",
        "a2.tif",
        "b1.tif",
        "٣.tif",
        "A3.tif",
        "１.tif",
    ]
    wanted = [
        "１.tif",
        "٣.tif",
        "9.tif",
        "10.tif",
        "a2.tif",
        "A3.tif",
        "a10.tif",
        "ă2.tif",
        "b1.tif",
    ]
    assert sorted(names, key=natural_key) == wanted


@given(st.lists(st.text(max_size=20), max_size=8), st.randoms())
def test_any_names_can_be_ordered(names: list[str], random: Random) -> None:
    """No mixture of letters and figures is unordered, and the order is the same every time."""
    shuffled = random.sample(names, len(names))
    assert sorted(names, key=natural_key) == sorted(shuffled, key=natural_key)


def test_a_long_name_is_shortened_in_its_middle() -> None:
    """A name of 255 bytes does not fill the page, and its number and ending stay."""
    name = "0017" + "x" * 247 + ".tif"
    assert len(shortened(name)) <= 80
    assert shortened(name).startswith("0017")
    assert shortened(name).endswith(".tif")
    assert shortened("0017.tif") == "0017.tif"
