"""Packages with one wrong field in a description: every field of the circular, every way."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from appliance.domain.fields import DOCUMENT_FIELDS, FILE_UNIT_FIELDS, Field, Kind
from tests.packaging.bags import linked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.packaging.bags import Bag

UNIT = "metadata/descriptive/EAD.xml"
DOCUMENTS = "representations/rep1/metadata/descriptive/*.xml"
WRONG = {
    Kind.NUMBER: ("FIELD-NOT-NUMBER", "hai"),
    Kind.DATE: ("FIELD-NOT-DATE", "30/02/1978"),
    Kind.CODE: ("FIELD-NOT-CODE", "7"),
    Kind.CODES: ("FIELD-NOT-CODE", "01, 77"),
}
MORE_DATES = ("1978-02-03", "3/2/1978", "13/1978", "00/1978", "78")

TOGETHER = (
    ("paper-code-when-digitised", "FIELD-MISSING", UNIT, {"paperFileCode": ""}),
    ("status-when-risk", "FIELD-MISSING", UNIT, {"riskRecoveryStatus": ""}),
    ("process-when-born-digital", "FIELD-MISSING", DOCUMENTS, {"confidenceLevel": "01"}),
    ("process-when-mixed", "FIELD-MISSING", DOCUMENTS, {"confidenceLevel": "03"}),
    ("secret", "PACKAGE-SECRET", UNIT, {"mode": "03"}),
    ("secret-document", "PACKAGE-SECRET", DOCUMENTS, {"mode": "03"}),
    ("more-documents", "DOCUMENT-COUNT", UNIT, {"totalDoc": "9"}),
    ("more-pages", "PAGE-COUNT", UNIT, {"numberOfPage": "9"}),
    ("more-pages-in-document", "PAGE-COUNT", DOCUMENTS, {"numberOfPage": "9"}),
    ("other-file-unit", "DOCUMENT-CODE", DOCUMENTS, {"arcFileCode": "LTLS.H49.1978.UBHC"}),
)
"""Name, code, description, fields and their new texts."""


def _mutants() -> Iterator[tuple[str, tuple[str, Callable[[Bag], object]]]]:
    for lead, where, fields in (
        ("ead", UNIT, FILE_UNIT_FIELDS),
        ("document", DOCUMENTS, DOCUMENT_FIELDS),
    ):
        for field in fields:
            for name, code, text in _wrong_texts(field):
                change = partial(_filled, where, {field.name: text})
                yield f"{lead}-{field.name}-{name}", (f"{code}:{field.name}", change)
    for name, code, where, texts in TOGETHER:
        yield f"fields-{name}", (code, partial(_filled, where, texts))
    for text in MORE_DATES:
        change = partial(_filled, UNIT, {"startDate": text})
        yield f"ead-startDate-{text}", ("FIELD-NOT-DATE:startDate", change)
    yield "ead-field-twice", ("XML-SCHEMA", partial(_edited, r"(<title>.*?</title>)", r"\1\1"))
    yield (
        "ead-field-unknown",
        ("FIELD-UNKNOWN", partial(_edited, "<title>", "<tytle>x</tytle><title>")),
    )
    yield "ead-wrong-root", ("XML-SCHEMA", partial(_edited, r"<simpledc>.*</simpledc>", "<dc/>"))
    yield "ead-doctype", ("XML-DTD", partial(_edited, "<simpledc", "<!DOCTYPE a><simpledc"))
    yield "ead-cut", ("XML-UNREADABLE", partial(_edited, "</simpledc>", ""))
    yield (
        "ead-too-large",
        ("XML-TOO-LARGE", partial(_edited, "<simpledc>", "<simpledc>" + " " * 2**20)),
    )
    yield "document-gone", ("METS-MISSING", linked(lambda bag: _document(bag).unlink()))


def _wrong_texts(field: Field) -> Iterator[tuple[str, str, str]]:
    """Name, code and text of each way in which a field can be wrong."""
    if field.required:
        yield "empty", "FIELD-MISSING", ""
    if field.kind in WRONG:
        yield "wrong", *WRONG[field.kind]
    if field.max_length is not None and field.kind in {Kind.TEXT, Kind.NUMBER}:
        yield "long", "FIELD-TOO-LONG", "1" * (field.max_length + 1)


def _filled(where: str, texts: dict[str, str], bag: Bag) -> None:
    """Give fields of a description new texts, and make METS and bag fit."""
    name = bag.first(where)
    for field, text in texts.items():
        bag.substitute(name, rf"<{field}(?:/>|>[^<]*</{field}>)", f"<{field}>{text}</{field}>")
    bag.relink()


def _edited(pattern: str, new: str, bag: Bag) -> None:
    linked(lambda one: one.substitute(UNIT, pattern, new))(bag)


def _document(bag: Bag) -> Path:
    return bag.path(bag.first(DOCUMENTS))


FIELD_MUTANTS = dict(_mutants())
