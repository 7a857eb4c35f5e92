"""What the writer refuses to write: facts that would make a package that the law does not allow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from appliance.domain import codes
from appliance.domain.errors import RuleError
from appliance.domain.fields import DOCUMENT_FIELDS, FILE_UNIT_FIELDS, check_fields
from appliance.domain.findings import Finding
from appliance.domain.identifiers import safe_name
from appliance.packaging.write.xml import is_writable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.packaging.facts import PackageFacts

MAX_STEM_CHARACTERS: Final = 230
"""File systems take names of 255 bytes; ``EAD_doc_`` and ``.NNNN.xml`` surround a safe name."""

_OBJID: Final = re.compile(r"urn:uuid:[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
_SAFE_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


def refuse_bad_facts(facts: PackageFacts) -> None:
    """Hold the facts against what a package must say.

    Raises:
        RuleError: Fields that an archivist must mend; one finding each.
        ValueError: Facts that no correct caller hands in.
    """
    problem = next(_impossible(facts), None)
    if problem is not None:
        raise ValueError(problem)
    findings = tuple(_findings(facts))
    if findings:
        raise RuleError(f"{facts.file_unit.file_code} cannot be packaged", findings)


def _impossible(facts: PackageFacts) -> Iterator[str]:
    if not _OBJID.fullmatch(facts.objid):
        yield f"not an OBJID: {facts.objid!r}"
    if facts.record_status not in codes.RECORD_STATUS:
        yield f"not a record status: {facts.record_status!r}"
    if not facts.documents or not facts.pdfs:
        yield "a package has at least one document and one PDF"
    if len(facts.pdfs) not in {1, len(facts.documents)}:
        yield f"{len(facts.pdfs)} PDFs for {len(facts.documents)} documents"
    names = [pdf.name for pdf in facts.pdfs]
    if len({name.casefold() for name in names}) != len(names):
        yield f"two PDFs share a name: {names}"
    if not all(_SAFE_NAME.fullmatch(name) and name.endswith(".pdf") for name in names):
        yield f"not safe names of PDFs: {names}"
    if len({document.ordinal for document in facts.documents}) != len(facts.documents):
        yield "two documents share an ordinal"
    numbers = [master.file_number for master in facts.masters]
    if numbers != sorted(set(numbers)):
        yield f"masters are not in the order of their numbers: {numbers}"


def _findings(facts: PackageFacts) -> Iterator[Finding]:
    code = facts.file_unit.file_code
    if len(safe_name(code)) > MAX_STEM_CHARACTERS:
        length = len(safe_name(code))
        yield Finding("PACKAGE-LONG-NAME", code, {"length": length, "limit": MAX_STEM_CHARACTERS})
    yield from check_fields(FILE_UNIT_FIELDS, facts.file_unit.fields, code)
    if facts.file_unit.fields.get("mode") == codes.SECRET_MODE:
        yield Finding("PACKAGE-SECRET", code)
    for document in facts.documents:
        where = f"{code}, {document.ordinal}"
        yield from check_fields(DOCUMENT_FIELDS, document.fields, where)
        if document.fields.get("mode") == codes.SECRET_MODE:
            yield Finding("PACKAGE-SECRET", where)
    for where, text in _texts(facts):
        if not is_writable(text):
            yield Finding("PACKAGE-BAD-TEXT", where)


def _texts(facts: PackageFacts) -> Iterator[tuple[str, str]]:
    code, approval = facts.file_unit.file_code, facts.approval
    yield from ((f"{code}, {name}", text) for name, text in facts.file_unit.fields.items())
    for document in facts.documents:
        where = f"{code}, {document.ordinal}"
        yield from ((f"{where}, {name}", text) for name, text in document.fields.items())
    for master in facts.masters:
        yield f"{code}, {master.file_number}", master.original_name + master.scanner
    others = (facts.fonds.name, facts.archive_name, approval.decision_number, approval.signer)
    yield from ((code, text) for text in (code, approval.list_code, *others))
