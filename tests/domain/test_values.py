"""Small values: digests, canonical JSON, agencies, findings, errors."""

from __future__ import annotations

import datetime as dt
import hashlib
import inspect
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import codes, errors
from appliance.domain.agencies import Agency, name_on
from appliance.domain.canonical import JsonValue, canonical_json
from appliance.domain.digests import Digest, sha256, xxh3
from appliance.domain.errors import ApplianceError, RuleError, StorageError
from appliance.domain.findings import Finding
from appliance.domain.records import FileUnit

PLAIN = (
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]))
)
JSON_VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcđ", max_size=3), inner),
    max_leaves=10,
)


class TestDigest:
    """Digests as values."""

    def test_a_digest_says_its_algorithm(self) -> None:
        """The text form names both parts."""
        value = hashlib.sha256(b"page").hexdigest()
        assert str(sha256(value)) == f"sha256:{value}"
        assert str(xxh3("0" * 32)) == f"xxh3-128:{'0' * 32}"

    @pytest.mark.parametrize(
        ("algorithm", "value"),
        [
            ("md5", "0" * 32),
            ("sha256", "0" * 63),
            ("sha256", "0" * 65),
            ("sha256", "A" * 64),
            ("sha256", "g" * 64),
            ("sha256", "0" * 63 + "\n"),
            ("sha256", ""),
            ("xxh3-128", "0" * 64),
        ],
    )
    def test_another_form_is_refused(self, algorithm: str, value: str) -> None:
        """Only the lower-case hexadecimal text of a known algorithm is a digest."""
        with pytest.raises(ValueError, match=r"algorithm|value"):
            Digest(algorithm, value)


class TestCanonical:
    """The one byte form that is digested and signed."""

    @given(JSON_VALUES)
    def test_a_value_comes_back(self, value: JsonValue) -> None:
        """Nothing is lost, and writing it again gives the same bytes."""
        data = canonical_json(value)
        assert json.loads(data) == value
        assert canonical_json(json.loads(data)) == data

    def test_the_form_is_fixed(self) -> None:
        """Sorted keys, no spaces, letters as they are."""
        assert canonical_json({"b": [1, True, None], "a": "hồ sơ"}) == (
            '{"a":"hồ sơ","b":[1,true,null]}'.encode()
        )

    @pytest.mark.parametrize("value", [1.5, [1.0], {"a": {"b": (0, float("nan"))}}])
    def test_floats_are_refused(self, value: JsonValue) -> None:
        """Their text differs between writers."""
        with pytest.raises(TypeError, match="floats"):
            canonical_json(value)

    def test_what_json_has_no_form_for_is_refused(self) -> None:
        """Bytes are not guessed at."""
        with pytest.raises(TypeError):
            canonical_json(b"x")


class TestAgencies:
    """Names change, and each has its days."""

    OLD = Agency("H11", "UBND tỉnh cũ", dt.date(1976, 2, 1), dt.date(1991, 12, 31))
    NEW = Agency("H11", "UBND tỉnh mới", dt.date(1992, 1, 1))
    OTHER = Agency("H12", "Sở Nội vụ")

    @pytest.mark.parametrize(
        ("day", "name"),
        [
            (dt.date(1976, 1, 31), None),
            (dt.date(1976, 2, 1), "UBND tỉnh cũ"),
            (dt.date(1991, 12, 31), "UBND tỉnh cũ"),
            (dt.date(1992, 1, 1), "UBND tỉnh mới"),
            (dt.date(2100, 1, 1), "UBND tỉnh mới"),
        ],
    )
    def test_the_name_is_that_of_the_day(self, day: dt.date, name: str | None) -> None:
        """Both limits belong to the period; an open one has no end; before the first, none."""
        assert name_on((self.OTHER, self.NEW, self.OLD), "H11", day) == name

    def test_no_dates_are_always(self) -> None:
        """An agency of unknown dates has its name on any day."""
        assert name_on((self.OTHER,), "H12", dt.date(1, 1, 1)) == "Sở Nội vụ"

    def test_an_unknown_agency_has_no_name(self) -> None:
        """None, not a guess."""
        assert name_on((self.OLD, self.NEW), "H99", dt.date(2000, 1, 1)) is None


class TestFinding:
    """The plain form of a finding."""

    @given(st.dictionaries(st.text("abc", max_size=3), PLAIN))
    def test_a_finding_comes_back(self, values: dict[str, JsonValue]) -> None:
        """Through JSON text and back."""
        finding = Finding("LINE-DOWN", "province", values)
        assert Finding.from_json(json.loads(canonical_json(finding.to_json()))) == finding

    @pytest.mark.parametrize(
        "value",
        [
            {},
            {"code": "X", "where": "y"},
            {"code": 1, "where": "y", "values": {}},
            {"code": "X", "where": None, "values": {}},
            {"code": "X", "where": "y", "values": []},
        ],
    )
    def test_another_form_is_refused(self, value: dict[str, JsonValue]) -> None:
        """A column that holds something else is not read as a finding."""
        with pytest.raises(ValueError, match="not a finding"):
            Finding.from_json(value)


class TestErrors:
    """Errors, sorted by who must act."""

    KINDS = tuple(
        kind
        for _name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, ApplianceError)
    )

    def test_every_kind_has_its_own_code(self) -> None:
        """A code tells the kind."""
        assert len({kind.default_code for kind in self.KINDS}) == len(self.KINDS) == 7

    def test_every_kind_has_an_exit_status_of_the_design(self) -> None:
        """1 the answer is no, 2 configuration, 3 rule, 4 storage or network, 5 integrity."""
        assert {kind.__name__: kind.exit_status for kind in self.KINDS} == {
            "ApplianceError": 1,
            "ConfigError": 2,
            "RuleError": 3,
            "IllegalTransition": 3,
            "StorageError": 4,
            "RemoteError": 4,
            "IntegrityError": 5,
        }

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_code_of_its_own_wins(self, kind: type[ApplianceError]) -> None:
        """An error names its cause more closely than its kind does, or by its kind."""
        assert kind("message", code="CLOSER").code == "CLOSER"
        assert kind("message").code == kind.default_code
        assert str(kind("message")) == "message"

    def test_facts_travel_with_the_error(self) -> None:
        """Findings of a refusal, and sizes of a full disk."""
        finding = Finding("LIST-UNKNOWN", "D1")
        assert RuleError("refused", (finding,)).findings == (finding,)
        assert StorageError("full", values={"free_bytes": 1}).values == {"free_bytes": 1}
        assert StorageError("full").values == {}


def test_secret_is_a_code_of_the_mode_list() -> None:
    """The code that the register refuses is the circular's *Mật*."""
    assert codes.MODE[codes.SECRET_MODE] == "Mật"


def test_expected_pages_are_the_registers() -> None:
    """What the register promises is a number of pages."""
    assert FileUnit("a", "P", fields={"numberOfPage": "057"}).expected_pages == 57
