"""All checks of one package, over one read of its bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.domain.findings import Finding, Report
from appliance.packaging.verify.aip import Aip, check_structure, read_aip
from appliance.packaging.verify.bag import check_bag
from appliance.packaging.verify.descriptive import (
    check_descriptions,
    document_values,
    file_unit_values,
    unchecked,
)
from appliance.packaging.verify.images import decode_master
from appliance.packaging.verify.pdf import check_pdf
from appliance.packaging.verify.pdf_masters import NOT_DECODED
from appliance.packaging.verify.premis import check_premis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.packaging.verify.contents import Contents

CHECKS = ("container", "bag", "mets", "premis", "descriptions", "pdfa")
"""Names of the checks, in the order in which they run; ``masters`` follows when deep."""


def check_package(subject: str, contents: Contents, *, deep: bool) -> Report:
    """Judge what was read of a package.

    Args:
        subject: Its name, for the report.
        contents: What was read.
        deep: Whether to decode masters and PDF streams too.
    """
    wanted = (*CHECKS, "masters") if deep else CHECKS
    findings = list(contents.findings)
    if not contents.complete:
        return Report(subject, tuple(findings), (), wanted)
    findings += check_bag(contents)
    aip = read_aip(contents, findings)
    if aip is None:
        return Report(subject, tuple(findings), wanted[:2], wanted[2:])
    findings += check_structure(aip, contents)
    findings += check_premis(aip, contents)
    findings += check_descriptions(aip)
    findings += _check_pdfs(aip, contents, deep=deep)
    undone: tuple[str, ...] = ()
    if deep:
        masters = tuple(_check_masters(aip, contents))
        findings += masters
        undone = ("masters",) if any(one.code == NOT_DECODED for one in masters) else ()
    done = tuple(name for name in wanted if name not in undone)
    return Report(subject, tuple(findings), done, (*undone, *unchecked(aip)))


def _check_pdfs(aip: Aip, contents: Contents, *, deep: bool) -> Iterator[Finding]:
    """Each PDF, and whether together they hold the pages that the description promises."""
    lead = f"{aip.folder}/representations/rep1/data/"
    pages: dict[str, int] = {}
    for path in contents.members:
        if not path.startswith(lead):
            continue
        if not path.lower().endswith(".pdf"):
            yield Finding("PDF-UNREADABLE", path, {"problem": "not named as a PDF"})
            continue
        with contents.open_member(path) as stream:
            findings, pages[path] = check_pdf(path, stream, deep=deep)
        yield from findings
    yield from _check_page_counts(aip, "rep1", pages)


def _check_masters(aip: Aip, contents: Contents) -> Iterator[Finding]:
    lead = f"{aip.folder}/representations/rep2/data/"
    frames: dict[str, int] = {}
    for path in contents.members:
        if path.startswith(lead):
            with contents.open_member(path) as stream:
                findings, frames[path] = decode_master(path, stream)
            yield from findings
    if "rep2" in aip.representations:
        yield from _check_page_counts(aip, "rep2", frames)


def _check_page_counts(aip: Aip, name: str, pages: dict[str, int]) -> Iterator[Finding]:
    """Pages found against pages described; nothing to say when a part could not be opened."""
    if not pages or 0 in pages.values():
        return
    total, promised = sum(pages.values()), file_unit_values(aip).get("numberOfPage", "")
    where = f"{aip.folder}/representations/{name}"
    if promised.isdigit() and int(promised) != total:
        yield Finding("PAGE-COUNT", where, {"expected": promised, "found": total})
    described = [values.get("numberOfPage", "") for values in document_values(aip).values()]
    if all(text.isdigit() for text in described):
        counted = sum(int(text) for text in described)
        if counted != total:
            yield Finding("PAGE-COUNT", where, {"expected": counted, "found": total})
