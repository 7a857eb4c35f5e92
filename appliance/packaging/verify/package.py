"""All checks of one package, over one read of its bytes."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from appliance.domain.findings import Finding, Report
from appliance.packaging.verify.aip import Aip, check_structure, read_aip
from appliance.packaging.verify.backup import check_backup, is_backup
from appliance.packaging.verify.bag import check_bag
from appliance.packaging.verify.deep import UNDECODED, Decoder
from appliance.packaging.verify.descriptive import (
    check_descriptions,
    document_values,
    file_unit_values,
    unchecked,
)
from appliance.packaging.verify.pdf import check_pdf
from appliance.packaging.verify.pdf_sources import check_carried
from appliance.packaging.verify.premis import check_premis
from appliance.packaging.verify.ranges import opened_for_jumping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from appliance.packaging.verify.contents import Contents
    from appliance.packaging.verify.deep import Judged
    from appliance.packaging.verify.options import Options
    from appliance.packaging.verify.reading import Reading

CHECKS = ("container", "bag", "mets", "premis", "descriptions", "pdfa")
"""Names of the checks, in the order in which they are told; ``masters`` follows when deep."""
_COUNT: Final = re.compile(r"[0-9]{1,10}")
"""Longer ones, and digits of other scripts, the rules of the field refuse."""


def check_package(subject: str, reading: Reading, options: Options) -> Report:
    """Read a package and judge it.

    Args:
        subject: Its name, for the report.
        reading: The read of its bytes, not begun.
        options: How.
    """
    contents = reading.contents
    if is_backup(contents):
        return check_backup(subject, reading)
    wanted = CHECKS if options.decoder is None else (*CHECKS, "masters")
    try:
        with reading:
            early = _Early(contents, options.decoder) if contents.complete else None
            reading.finish()
        if early is None or not contents.complete:
            return Report(subject, tuple(contents.findings), (), wanted)
        return early.report(subject, wanted)
    except OSError as problem:
        facts = {"problem": problem.strerror or str(problem)}
        failed = Finding("READ-FAILED", subject, {**facts})
        return Report(subject, (*contents.findings, failed), (), wanted)


class _Early:
    """What needs no digests, and so is looked at while other threads take them.

    Args:
        contents: The package.
        decoder: For a deep check.
    """

    def __init__(self, contents: Contents, decoder: Decoder | None) -> None:
        self._contents = contents
        self._metadata: list[Finding] = []
        self._aip = read_aip(contents, self._metadata)
        if self._aip is None:
            return
        self._descriptions = tuple(check_descriptions(self._aip))
        self._pdfs = tuple(_judged_pdfs(self._aip, contents, decoder))
        self._masters = tuple(_judged_masters(self._aip, contents, decoder))

    def report(self, subject: str, wanted: tuple[str, ...]) -> Report:
        """The whole report, once every byte was read."""
        contents, aip = self._contents, self._aip
        findings = [*contents.findings, *check_bag(contents), *self._metadata]
        if aip is None:
            return Report(subject, tuple(findings), wanted[:2], wanted[2:])
        findings += check_structure(aip, contents)
        findings += check_premis(aip, contents)
        findings += self._descriptions
        pdfs = tuple(_findings_of(aip, "rep1", self._pdfs))
        masters = tuple(_findings_of(aip, "rep2", self._masters))
        if "masters" in wanted:
            masters = (*masters, *check_carried(aip, contents))
        undone = {
            name
            for name, found in (("pdfa", pdfs), ("masters", masters))
            if any(one.code in UNDECODED for one in found)
        }
        done = tuple(name for name in wanted if name not in undone)
        not_done = (*(name for name in wanted if name in undone), *unchecked(aip))
        return Report(subject, (*findings, *pdfs, *masters), done, not_done)


def _judged_pdfs(
    aip: Aip, contents: Contents, decoder: Decoder | None
) -> Iterator[Callable[[], Judged]]:
    """Each member of ``rep1``: judged here, or being judged in a child when deep."""
    for path in _content(aip, contents, "rep1"):
        if not path.lower().endswith(".pdf"):
            yield partial(_no_pdf, path)
        elif decoder is not None:
            yield decoder.pdf(path, contents.extents[path])
        else:
            with opened_for_jumping(contents.extents[path]) as stream:
                judged = check_pdf(path, stream, deep=False)
            yield partial(_same, judged)


def _judged_masters(
    aip: Aip, contents: Contents, decoder: Decoder | None
) -> Iterator[Callable[[], Judged]]:
    """Each master, being decoded in a child when deep."""
    if decoder is not None:
        for path in _content(aip, contents, "rep2"):
            yield decoder.master(path, contents.extents[path])


def _content(aip: Aip, contents: Contents, name: str) -> Iterator[str]:
    lead = f"{aip.folder}/representations/{name}/data/"
    return (path for path in contents.members if path.startswith(lead))


def _no_pdf(path: str) -> Judged:
    return (Finding("PDF-UNREADABLE", path, {"problem": "not named as a PDF"}),), 0


def _same(judged: Judged) -> Judged:
    return judged


def _findings_of(aip: Aip, name: str, judged: Iterable[Callable[[], Judged]]) -> Iterator[Finding]:
    """Of each member, and whether together they hold the pages that the description promises."""
    pages = []
    for one in judged:
        findings, count = one()
        yield from findings
        pages.append(count)
    if pages and 0 not in pages:
        yield from _check_page_counts(aip, name, sum(pages))


def _check_page_counts(aip: Aip, name: str, total: int) -> Iterator[Finding]:
    """Pages found against pages described."""
    promised = file_unit_values(aip).get("numberOfPage", "")
    where = f"{aip.folder}/representations/{name}"
    if _COUNT.fullmatch(promised) and int(promised) != total:
        yield Finding("PAGE-COUNT", where, {"expected": promised, "found": total})
    described = [values.get("numberOfPage", "") for values in document_values(aip).values()]
    if all(_COUNT.fullmatch(text) for text in described):
        counted = sum(int(text) for text in described)
        if counted != total:
            yield Finding("PAGE-COUNT", where, {"expected": counted, "found": total})
