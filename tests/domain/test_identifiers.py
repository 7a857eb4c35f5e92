"""Safe names and drop names: exact, refusing, never two codes for one name."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from appliance.domain.identifiers import (
    MAX_FILE_CODE_CHARACTERS,
    DropName,
    code_of,
    nfc,
    object_folder,
    object_id,
    parse_drop_name,
    safe_name,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=33)
CODES = TEXTS.filter(nfc)
VIETNAMESE = st.text(
    "aăâbcdđeêghiklmnoôơpqrstuưvxyÀẢÃÁẠẰẲẴẮẶ0123456789._-/ ", min_size=1, max_size=20
).filter(nfc)


class TestSafeName:
    """The map from codes to names."""

    @pytest.mark.parametrize(
        ("code", "name"),
        [
            ("PL.1976-01", "PL.1976-01"),
            ("P01/HS-2", "P01_2FHS-2"),
            ("a_b", "a_5Fb"),
            (".a.", "_2Ea_2E"),
            ("-", "_2D"),
            ("Đ", "_C4_90"),
            ("hồ sơ", "h_E1_BB_93_20s_C6_A1"),
            ("  x  ", "x"),
        ],
    )
    def test_known_codes(self, code: str, name: str) -> None:
        """The rule of the module, by example."""
        assert safe_name(code) == name

    @given(CODES | VIETNAMESE)
    @example("_41")
    @example("̣a")
    @example(" ̣a")
    def test_the_code_comes_back(self, code: str) -> None:
        """``code_of`` gives back exactly the normalised code."""
        assert code_of(safe_name(code)) == nfc(code)

    @given(CODES)
    def test_the_name_has_safe_letters_only(self, code: str) -> None:
        """No file system, URL or manifest needs to quote it, and it is no dot entry."""
        name = safe_name(code)
        assert re.fullmatch(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?", name)

    @given(CODES | VIETNAMESE, CODES | VIETNAMESE)
    def test_no_two_codes_share_a_name(self, one: str, other: str) -> None:
        """Equal names come of equal codes alone, up to Unicode's composed form."""
        assert (safe_name(one) == safe_name(other)) == (nfc(one) == nfc(other))

    @given(CODES)
    def test_composed_and_decomposed_are_one(self, code: str) -> None:
        """A Mac that writes decomposed letters names the same hồ sơ."""
        assert safe_name(unicodedata.normalize("NFD", code)) == safe_name(code)

    @pytest.mark.parametrize("code", ["", "   ", "\t\n", "x" * (MAX_FILE_CODE_CHARACTERS + 1)])
    def test_no_code_at_all_or_too_long_a_code_is_refused(self, code: str) -> None:
        """A code has 1 to 100 characters."""
        with pytest.raises(ValueError, match="1 to 100"):
            safe_name(code)

    def test_a_code_of_full_length_is_taken(self) -> None:
        """Plain letters may fill the circular's 100 characters."""
        assert safe_name("x" * MAX_FILE_CODE_CHARACTERS) == "x" * MAX_FILE_CODE_CHARACTERS

    def test_half_a_letter_is_refused(self) -> None:
        """A lone surrogate is no text."""
        with pytest.raises(ValueError, match="surrogates"):
            safe_name("a\ud800b")


class TestCodeOf:
    """The inverse refuses every name that the map never makes."""

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "a b",
            "a_b",
            "_4",
            "_41",  # a plain letter is never escaped
            "a_2Eb",  # nor a dot inside
            "_c4_90",  # lower-case digits
            ".a",
            "a-",
            "_FF",  # no UTF-8
            "_C4",  # half a letter
            "_61_CC_88",  # decomposed ä
            "_20a",  # an outer space
            "Đ",
            "x" * 101,
        ],
    )
    def test_a_foreign_name_is_refused(self, name: str) -> None:
        """No code maps to it."""
        with pytest.raises(ValueError, match="not the safe name"):
            code_of(name)

    @given(st.text("_0123456789ABCDEFabc.-", max_size=30))
    def test_what_it_takes_is_made_again(self, name: str) -> None:
        """A name that has a code is the name of that code."""
        try:
            code = code_of(name)
        except ValueError:
            return
        assert safe_name(code) == name


class TestDropName:
    """The grammar of dropped file names."""

    @pytest.mark.parametrize(
        ("name", "number", "extension"),
        [
            ("0017.tif", 17, "tif"),
            ("1.JPG", 1, "jpg"),
            ("999999.Tiff", 999_999, "tiff"),
            ("000001.jp2", 1, "jp2"),
        ],
    )
    def test_numbers_are_read(self, name: str, number: int, extension: str) -> None:
        """Leading zeros do not matter, nor the extension's case."""
        assert parse_drop_name(name) == DropName(number, extension)

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "0.tif",
            "000000.tif",
            "1234567.tif",
            "-1.tif",
            "1.",
            "1",
            ".tif",
            "1.tif.tmp",
            "1.tif\n",
            " 1.tif",
            "a1.tif",
            "1.toolong",
            "١.tif",  # Arabic-Indic one
            "1.tíf",
            "1 .tif",
        ],
    )
    def test_other_names_are_not(self, name: str) -> None:
        """What does not follow the grammar has no number."""
        assert parse_drop_name(name) is None

    @given(st.integers(1, 999_999), st.integers(1, 6))
    def test_every_width_gives_the_number(self, number: int, width: int) -> None:
        """Scanners pad as they like."""
        assert parse_drop_name(f"{number:0{width}d}.tif") == DropName(number, "tif")


def test_a_packages_folder_carries_no_colon() -> None:
    """An OBJID is upper case; its folder name is safe on every file system."""
    objid = object_id("0a1b2c3d-0000-4000-8000-00000000abcd")
    assert objid == "urn:uuid:0A1B2C3D-0000-4000-8000-00000000ABCD"
    assert object_folder(objid) == "urn_uuid_0A1B2C3D-0000-4000-8000-00000000ABCD"
