"""The descriptive fields of the circular: every rule, and every joint rule."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import codes
from appliance.domain.fields import (
    DOCUMENT_FIELDS,
    FILE_UNIT_FIELDS,
    Field,
    Kind,
    check_fields,
    is_date,
    split_codes,
)
from appliance.domain.rules import RULES, sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from _pytest.mark.structures import ParameterSet

    from appliance.domain.findings import Finding

FILE_UNIT = {
    "arcFileCode": "PL.1976-01",
    "title": "Hồ sơ về việc đo đạc ruộng đất",
    "maintenance": "01",
    "mode": "01",
    "language": "01",
    "startDate": "1976",
    "endDate": "12/1977",
    "totalDoc": "12",
    "numberOfPaper": "40",
    "numberOfPage": "57",
    "riskRecovery": "1",
    "riskRecoveryStatus": "02",
}
DOCUMENT = {
    "arcFileCode": "PL.1976-01",
    "mode": "01",
    "language": "01",
    "numberOfPage": "2",
    "docCode": "PL.1976-01.0001",
    "docOrdinal": "1",
    "typeName": "22",
    "issuedDate": "03/02/1976",
    "organName": "Ủy ban nhân dân tỉnh",
    "subject": "V/v cấp giấy",
}
WRONG = {
    Kind.NUMBER: ("FIELD-NOT-NUMBER", ["x", "1.5", "-1", " 1", "1 000", "١", "²"]),
    Kind.DATE: ("FIELD-NOT-DATE", ["31/02/1976", "13/1976", "76", "1976-02-03", "0000", "١٩٧٦"]),
    Kind.CODE: ("FIELD-NOT-CODE", ["99", "x", " 01", "01,02"]),
    Kind.CODES: ("FIELD-NOT-CODE", ["99", "01;99", "01,,02", ",", "01,"]),
}


def _cases(wanted: Callable[[Field], bool] = lambda _field: True) -> list[ParameterSet]:
    """Every field that a rule is about, with its list and a sound record."""
    groups = (
        ("file_unit", FILE_UNIT_FIELDS, FILE_UNIT),
        ("document", DOCUMENT_FIELDS, DOCUMENT),
    )
    return [
        pytest.param(fields, base, field, id=f"{group}-{field.name}")
        for group, fields, base in groups
        for field in fields
        if wanted(field)
    ]


def _codes(findings: tuple[Finding, ...]) -> list[tuple[str, object]]:
    return [(finding.code, finding.values["field"]) for finding in findings]


def test_the_circular_has_18_and_19_fields() -> None:
    """As many as Phụ lục I lists, each name once."""
    for fields, count in ((FILE_UNIT_FIELDS, 18), (DOCUMENT_FIELDS, 19)):
        assert len({field.name for field in fields}) == len(fields) == count


@pytest.mark.parametrize(
    ("fields", "values"), [(FILE_UNIT_FIELDS, FILE_UNIT), (DOCUMENT_FIELDS, DOCUMENT)]
)
def test_a_sound_record_has_no_finding(fields: tuple[Field, ...], values: dict[str, str]) -> None:
    """The records that the other tests spoil are sound."""
    assert check_fields(fields, values, "here") == ()


class TestEachField:
    """One field at a time is spoilt; exactly that is found."""

    @pytest.mark.parametrize(("fields", "base", "field"), _cases())
    def test_absent(self, fields: tuple[Field, ...], base: dict[str, str], field: Field) -> None:
        """A required field that is absent, or empty, is missing; another one may be."""
        absent = {name: text for name, text in base.items() if name != field.name}
        is_needed = field.required or field.name == "riskRecoveryStatus"  # riskRecovery is 1 here
        expected = [("FIELD-MISSING", field.name)] if is_needed else []
        assert _codes(check_fields(fields, absent, "here")) == expected
        assert _codes(check_fields(fields, {**base, field.name: ""}, "here")) == expected

    @pytest.mark.parametrize(
        ("fields", "base", "field"), _cases(lambda field: field.max_length is not None)
    )
    def test_too_long(self, fields: tuple[Field, ...], base: dict[str, str], field: Field) -> None:
        """A text of the full length passes the length rule, one more character does not."""
        limit = field.max_length or 0
        found = _codes(check_fields(fields, {**base, field.name: "1" * limit}, "here"))
        assert ("FIELD-TOO-LONG", field.name) not in found
        finding = check_fields(fields, {**base, field.name: "1" * (limit + 1)}, "here")[0]
        assert finding.code == "FIELD-TOO-LONG"
        assert (finding.values["length"], finding.values["limit"]) == (limit + 1, limit)

    @pytest.mark.parametrize(("fields", "base", "field"), _cases(lambda field: field.kind in WRONG))
    def test_wrong_form(
        self, fields: tuple[Field, ...], base: dict[str, str], field: Field
    ) -> None:
        """Every text of another form than the field's kind is found, with the text in it."""
        code, texts = WRONG[field.kind]
        short = [text for text in texts if len(text) <= (field.max_length or 99)]
        assert short
        for text in short:
            found = check_fields(fields, {**base, field.name: text}, "here")
            assert (code, field.name) in _codes(found), text
            assert next(f for f in found if f.code == code).values["value"] == text

    @pytest.mark.parametrize(
        ("fields", "base", "field"), _cases(lambda field: field.code_list is not None)
    )
    def test_every_code_of_the_list(
        self, fields: tuple[Field, ...], base: dict[str, str], field: Field
    ) -> None:
        """Each code of the circular's list fits its field."""
        for code in field.code_list or {}:
            found = check_fields(fields, {**base, field.name: code}, "here")
            assert {finding.code for finding in found} <= {"FIELD-MISSING"}, code


class TestTogether:
    """Fields that are required only when another says so."""

    def test_digitised_paper_names_its_paper_file(self) -> None:
        """``confidenceLevel`` 02 asks for the code of the paper."""
        digitised = {**FILE_UNIT, "confidenceLevel": codes.DIGITISED}
        missing = check_fields(FILE_UNIT_FIELDS, digitised, "here")
        assert _codes(missing) == [("FIELD-MISSING", "paperFileCode")]
        assert check_fields(FILE_UNIT_FIELDS, {**digitised, "paperFileCode": "G1"}, "here") == ()

    def test_a_planned_copy_has_a_status(self) -> None:
        """``riskRecovery`` 1 asks for its status, 0 does not."""
        without = {**FILE_UNIT, "riskRecoveryStatus": ""}
        found = check_fields(FILE_UNIT_FIELDS, without, "here")
        assert _codes(found) == [("FIELD-MISSING", "riskRecoveryStatus")]
        assert check_fields(FILE_UNIT_FIELDS, {**without, "riskRecovery": "0"}, "here") == ()

    @pytest.mark.parametrize("level", ["01", "03"])
    def test_a_born_digital_document_names_its_process(self, level: str) -> None:
        """``confidenceLevel`` 01 or 03 of a document asks for ``process``."""
        digital = {**DOCUMENT, "confidenceLevel": level}
        found = check_fields(DOCUMENT_FIELDS, digital, "here")
        assert _codes(found) == [("FIELD-MISSING", "process")]
        assert check_fields(DOCUMENT_FIELDS, {**digital, "process": "0"}, "here") == ()

    def test_a_digitised_document_needs_no_process(self) -> None:
        """``confidenceLevel`` 02 of a document asks for nothing more."""
        digitised = {**DOCUMENT, "confidenceLevel": codes.DIGITISED}
        assert check_fields(DOCUMENT_FIELDS, digitised, "here") == ()

    def test_rules_of_documents_do_not_reach_file_units(self) -> None:
        """A hồ sơ has no ``process``, even where its own required fields are absent."""
        found = check_fields(FILE_UNIT_FIELDS, {"confidenceLevel": "01"}, "here")
        assert "process" not in {finding.values["field"] for finding in found}


@given(
    st.dictionaries(
        st.sampled_from([f.name for f in FILE_UNIT_FIELDS] + ["x", "y", "z"]), st.text(max_size=8)
    )
)
def test_any_record_is_judged(values: dict[str, str]) -> None:
    """Whatever a spreadsheet holds, findings come out: known codes, of this list's fields."""
    names = {field.name for field in FILE_UNIT_FIELDS}
    found = check_fields(FILE_UNIT_FIELDS, values, "row 3")
    assert {finding.code for finding in found} <= RULES.keys()
    unknown = [f.values["field"] for f in found if f.code == "FIELD-UNKNOWN"]
    assert unknown == sorted(values.keys() - names)
    assert {str(f.values["field"]) for f in found if f.code != "FIELD-UNKNOWN"} <= names
    assert all(finding.where == "row 3" and "row 3" in sentence(finding) for finding in found)


@given(st.dates(min_value=dt.date(1, 1, 1)))
def test_every_real_day_month_and_year_is_a_date(day: dt.date) -> None:
    """All three forms of the circular are read."""
    year = f"{day.year:04d}"
    assert is_date(f"{day.day:02d}/{day.month:02d}/{year}")
    assert is_date(f"{day.month:02d}/{year}")
    assert is_date(year)


@pytest.mark.parametrize(
    "text", ["", "29/02/1977", "00/01/1976", "1/2/1976", "01/00/1976", "1976 ", "1976\n", "/1976"]
)
def test_what_is_no_day_is_no_date(text: str) -> None:
    """Days that never were, and other ways of writing."""
    assert not is_date(text)


@given(
    st.lists(st.sampled_from(sorted(codes.LANGUAGE)), min_size=1),
    st.sampled_from([",", ";", ", ", " ; "]),
)
def test_several_codes_are_split(parts: list[str], separator: str) -> None:
    """Both separators of the circular, with or without spaces."""
    assert split_codes(separator.join(parts)) == tuple(parts)
