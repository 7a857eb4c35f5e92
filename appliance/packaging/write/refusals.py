"""What the writer refuses to write: facts that would make a package that the law does not allow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from appliance.domain import codes
from appliance.domain.documents import unclaimed
from appliance.domain.errors import RuleError
from appliance.domain.fields import check_fields
from appliance.domain.findings import Finding
from appliance.domain.identifiers import safe_name
from appliance.packaging.write.descriptive import document_texts, file_unit_texts
from appliance.packaging.write.names import Ids
from appliance.packaging.write.profile import PROFILES
from appliance.packaging.write.xml import is_writable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.packaging.facts import PackageFacts

MAX_STEM_CHARACTERS: Final = 230
"""File systems take names of 255 bytes; ``EAD_doc_`` and ``.NNNN.xml`` surround a safe name."""

_UUID: Final = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
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
    form = PROFILES.get(facts.profile)
    if form is None:
        yield f"not a form of package: {facts.profile!r}"
        return
    lead = facts.objid[: len(form.objid_lead)]
    if lead != form.objid_lead or not _UUID.fullmatch(facts.objid[len(lead) :]):
        yield f"not an OBJID of {form.name}: {facts.objid!r}"
    if facts.masters and not form.has_masters:
        yield f"{form.name} has no masters"
    if facts.record_status not in codes.RECORD_STATUS:
        yield f"not a record status: {facts.record_status!r}"
    if not facts.documents or not facts.pdfs:
        yield "a package has at least one document and one PDF"
    yield from _unequal_pages(facts)
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


def _unequal_pages(facts: PackageFacts) -> Iterator[str]:
    """Whether PDFs and documents hold the same pages, each of them once."""
    following = 1
    for pdf in facts.pdfs:
        if pdf.first_page != following or pdf.page_count < 1:
            yield f"{pdf.name} begins with page {pdf.first_page}, not {following}"
        following = pdf.pages.last + 1
    gaps = unclaimed(facts.documents, following - 1)
    claimed = sum(document.page_count for document in facts.documents)
    if gaps or claimed != following - 1:
        yield f"the documents claim {claimed} of {following - 1} pages, and leave out {gaps}"


def _findings(facts: PackageFacts) -> Iterator[Finding]:
    code = facts.file_unit.file_code
    if len(safe_name(code)) > MAX_STEM_CHARACTERS:
        length = len(safe_name(code))
        yield Finding("PACKAGE-LONG-NAME", code, {"length": length, "limit": MAX_STEM_CHARACTERS})
    fields, ids = PROFILES[facts.profile].fields, Ids(facts.objid)
    yield from check_fields(fields.file_unit, file_unit_texts(facts), code)
    if facts.file_unit.fields.get("mode") == codes.SECRET_MODE:
        yield Finding("PACKAGE-SECRET", code)
    for document in facts.documents:
        where = f"{code}, {document.ordinal}"
        texts = document_texts(facts, document, ids)
        yield from check_fields(fields.documents[document.kind], texts, where)
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
    others = (
        facts.fonds.name,
        facts.archive_name,
        approval.decision_number,
        approval.signer,
        facts.agreement,
    )
    yield from ((code, text) for text in (code, approval.list_code, *others))
