"""The header of a METS document: when, in which state, and who made and keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.packaging.write import profile
from appliance.packaging.write.xml import METS_PREFIXES, Namespace, local_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.packaging.facts import PackageFacts
    from appliance.packaging.write.xml import Element

_METS: Final = Namespace(METS_PREFIXES)
_CSIP: Final = f"{{{profile.CSIP}}}"


def package_header(facts: PackageFacts) -> Element:
    """Of the package: the software as its creator, the archive, its other names."""
    return _header(facts, _software(facts), _archive(facts), *_other_ids(facts))


def representation_header(facts: PackageFacts) -> Element:
    """Of a representation: the fonds as its creator."""
    return _header(facts, _creator(facts))


def _header(facts: PackageFacts, *children: Element) -> Element:
    time = local_time(facts.sealed_at)
    attributes = {
        "CREATEDATE": time,
        "LASTMODDATE": time,
        "RECORDSTATUS": facts.record_status,
        f"{_CSIP}OAISPACKAGETYPE": profile.PROFILES[facts.profile].oais_type,
    }
    return _METS("metsHdr", *children, attributes=attributes)


def _software(facts: PackageFacts) -> Element:
    attributes = {"ROLE": "CREATOR", "TYPE": "OTHER", "OTHERTYPE": "SOFTWARE"}
    version = _note("SOFTWARE VERSION", facts.software_version)
    return _METS("agent", _METS("name", facts.software_name), version, attributes=attributes)


def _archive(facts: PackageFacts) -> Element:
    attributes = {"ROLE": "ARCHIVIST", "TYPE": "ORGANIZATION"}
    code = _note("IDENTIFICATIONCODE", facts.fonds.archive_code)
    return _METS("agent", _METS("name", facts.archive_name), code, attributes=attributes)


def _creator(facts: PackageFacts) -> Element:
    attributes = {"ROLE": "CREATOR", "TYPE": "ORGANIZATION"}
    code = _note("IDENTIFICATIONCODE", facts.fonds.fonds_code)
    return _METS("agent", _METS("name", facts.fonds.name), code, attributes=attributes)


def _other_ids(facts: PackageFacts) -> Iterator[Element]:
    """Under which other names the package is known; the circular gives the first one."""
    names = {"SUBMISSIONAGREEMENT": facts.agreement, "SOURCEPACKAGE": facts.source_objid}
    for kind, text in names.items():
        if text:
            yield _METS("altRecordID", text, attributes={"TYPE": kind})


def _note(kind: str, text: str) -> Element:
    return _METS("note", text, attributes={f"{_CSIP}NOTETYPE": kind})
