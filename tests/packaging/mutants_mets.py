"""Packages whose METS lack one thing that CSIP or the circular asks, each by its own number.

Every attribute is taken away from the METS of the package and from that of its first
representation; sizes and digests are made right again, so that only the rule tells.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tests.packaging.bags import linked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.packaging.bags import Bag

ROOT = "METS.xml"
REP1 = "representations/rep1/METS.xml"
REP2 = "representations/rep2/METS.xml"

DESCRIPTION = r"<dmdSec\b[^>]*>\s*<mdRef"
PROVENANCE = r"<digiprovMD\b[^>]*>\s*<mdRef"
FILE = r"<file\b"
LOCATION = r"<file\b[^>]*>\s*<FLocat"

EVERYWHERE = (
    ("CSIP1", r"<mets\b", "OBJID"),
    ("CSIP2", r"<mets\b", " TYPE"),
    ("CSIP6", r"<mets\b", "PROFILE"),
    ("CSIP7", r"<metsHdr\b", "CREATEDATE"),
    ("CSIP9", r"<metsHdr\b", "csip:OAISPACKAGETYPE"),
    ("CSIP18", r"<dmdSec\b", "ID"),
    ("CSIP19", r"<dmdSec\b", "CREATED"),
    ("CSIP22", DESCRIPTION, "LOCTYPE"),
    ("CSIP23", DESCRIPTION, "xlink:type"),
    ("CSIP24", DESCRIPTION, "xlink:href"),
    ("CSIP25", DESCRIPTION, "MDTYPE"),
    ("CSIP26", DESCRIPTION, "MIMETYPE"),
    ("CSIP27", DESCRIPTION, "SIZE"),
    ("CSIP28", DESCRIPTION, "CREATED"),
    ("CSIP29", DESCRIPTION, "CHECKSUM"),
    ("CSIP30", DESCRIPTION, "CHECKSUMTYPE"),
    ("CSIP33", r"<digiprovMD\b", "ID"),
    ("CSIP36", PROVENANCE, "LOCTYPE"),
    ("CSIP37", PROVENANCE, "xlink:type"),
    ("CSIP38", PROVENANCE, "xlink:href"),
    ("CSIP39", PROVENANCE, "MDTYPE"),
    ("CSIP40", PROVENANCE, "MIMETYPE"),
    ("CSIP41", PROVENANCE, "SIZE"),
    ("CSIP42", PROVENANCE, "CREATED"),
    ("CSIP43", PROVENANCE, "CHECKSUM"),
    ("CSIP44", PROVENANCE, "CHECKSUMTYPE"),
    ("CSIP59", r"<fileSec\b", "ID"),
    ("CSIP64", r"<fileGrp\b", "USE"),
    ("CSIP65", r"<fileGrp\b", "ID"),
    ("CSIP67", FILE, "ID"),
    ("CSIP68", FILE, "MIMETYPE"),
    ("CSIP69", FILE, "SIZE"),
    ("CSIP70", FILE, "CREATED"),
    ("CSIP71", FILE, "CHECKSUM"),
    ("CSIP72", FILE, "CHECKSUMTYPE"),
    ("CSIP77", LOCATION, "LOCTYPE"),
    ("CSIP78", LOCATION, "xlink:type"),
    ("CSIP79", LOCATION, "xlink:href"),
    ("CSIP81", r"<structMap\b", "TYPE"),
    ("CSIP82", r"<structMap\b", "LABEL"),
    ("CSIP83", r"<structMap\b", "ID"),
    ("CSIP85", r"<div\b", "ID"),
)
"""Rule, element and the attribute that it may not be without."""

POINTERS = (("CSIP110", "xlink:href"), ("CSIP111", "xlink:type"), ("CSIP112", "LOCTYPE"))

EDITS = (
    ("root-metadata-label", "CSIP88", ROOT, 'LABEL="Metadata"', 'LABEL="Data about data"'),
    ("root-schemas-label", "CSIP99", ROOT, '(<div [^>]*)LABEL="Schemas"', r'\1LABEL="XSD"'),
    ("root-papers-label", "CSIP95", ROOT, '(<div [^>]*)LABEL="Documentation"', r'\1LABEL="X"'),
    ("root-schemas-use", "CSIP113", ROOT, 'USE="Schemas"', 'USE="XSD"'),
    ("root-rep-use", "CSIP114", ROOT, 'USE="Representations/rep2"', 'USE="rep2"'),
    ("root-no-group-files", "CSIP66", ROOT, r'(<fileGrp USE="Doc[^>]*>).*?(</fileGrp>)', r"\1\2"),
    ("root-two-locations", "CSIP76", ROOT, r"(<FLocat [^>]*/>)", r"\1\1"),
    ("root-no-location", "CSIP76", ROOT, r"<FLocat [^>]*/>", ""),
    ("root-loctype", "CSIP77", ROOT, r'(<FLocat )LOCTYPE="URL"', r'\1LOCTYPE="URN"'),
    ("root-no-header", "CSIP117", ROOT, r"<metsHdr\b.*?</metsHdr>", ""),
    ("root-no-agent", "CSIP10", ROOT, r"<agent\b.*</agent>", ""),
    ("root-no-creator", "CSIP11", ROOT, 'ROLE="CREATOR"', 'ROLE="EDITOR"'),
    ("root-agent-type", "CSIP12", ROOT, 'TYPE="OTHER"', 'TYPE="INDIVIDUAL"'),
    ("root-agent-name", "CSIP14", ROOT, "<name>[^<]*</name>", "<name/>"),
    ("root-agent-note", "CSIP16", ROOT, ' csip:NOTETYPE="SOFTWARE VERSION"', ""),
    ("root-no-description", "CSIP17", ROOT, r"<dmdSec\b.*?</dmdSec>", ""),
    ("root-no-provenance", "CSIP32", ROOT, r"<amdSec\b.*?</amdSec>", ""),
    ("root-no-files", "CSIP58", ROOT, r"<fileSec\b.*?</fileSec>", ""),
    ("root-no-map", "CSIP80", ROOT, r"<structMap\b.*?</structMap>", ""),
    ("root-no-division", "CSIP84", ROOT, r"(<structMap\b[^>]*>).*(</structMap>)", r"\1\2"),
    ("root-objid-form", "TT05", ROOT, 'OBJID="urn:uuid:', 'OBJID="urn:oid:'),
    ("root-status", "TT05", ROOT, ' RECORDSTATUS="NEW"', ""),
    ("rep1-agent-code", "TT05", REP1, "IDENTIFICATIONCODE", "NAMECODE"),
    ("rep1-agent-type", "TT05", REP1, 'TYPE="ORGANIZATION"', 'TYPE="INDIVIDUAL"'),
    ("rep1-use", "TT05", REP1, 'USE="Data"', 'USE="Content"'),
    ("rep1-data-label", "TT05", REP1, 'LABEL="Data"', 'LABEL="Content"'),
    ("rep1-link-premis", "TT05", REP1, r'(LABEL="MetadataLink/File") ADMID="[^"]*"', r"\1"),
    ("rep2-metadata-label", "CSIP88", REP2, 'LABEL="Metadata"', 'LABEL="M"'),
    ("rep2-other-digest", "TT05", REP2, 'CHECKSUMTYPE="SHA-256"', 'CHECKSUMTYPE="MD5"'),
)
"""Name, rule, document, what is replaced by what (first match)."""

LINK_EDITS = (
    ("root-pointer-astray", "METS-LINK", ROOT, r"(<mptr [^>]*href=)\"[^\"]*\"", r'\1"METS.xml"'),
    ("root-pointer-gone", "METS-MISSING", ROOT, r"(<mptr [^>]*href=)\"[^\"]*\"", r'\1"rep9.xml"'),
    ("root-fptr-dangling", "METS-LINK", ROOT, r'FILEID="[^"]*"', 'FILEID="uuid-0"'),
    ("root-admid-dangling", "METS-LINK", ROOT, r'ADMID="[^"]*"', 'ADMID="uuid-0"'),
    ("rep1-dmdid-dangling", "METS-LINK", REP1, r'DMDID="uuid-[^" ]*', 'DMDID="uuid-0'),
    ("rep1-fptr-dangling", "METS-LINK", REP1, r'FILEID="ID-[^"]*"', 'FILEID="ID-0"'),
    ("rep1-no-dmdid", "METS-UNLINKED", REP1, r'(MetadataLink/File"[^>]*) DMDID="[^"]*"', r"\1"),
    ("rep2-no-fptr", "METS-UNLINKED", REP2, r'<fptr FILEID="ID-[^"]*"/>', ""),
    ("rep2-id-form", "METS-ID-FORM", REP2, r'(<fileSec ID=)"[^"]*"', r'\1"files"'),
    ("rep2-lower-case-id", "METS-ID-FORM", REP2, r'(<fileSec ID=)"[^"]*"', r'\1"uuid-abc"'),
    ("rep2-mime", "METS-MIME", REP2, 'MIMETYPE="image/tiff"', 'MIMETYPE="image/png"'),
    ("rep1-mime", "METS-MIME", REP1, "application/pdf", "application/x-pdf"),
    ("rep1-file-twice", "METS-TWICE", REP1, r"(<file\b.*?</file>)", r"\1\1"),
    ("rep1-file-id-twice", "METS-ID-TWICE", REP1, r"(<file\b.*?</file>)", r"\1\1"),
    ("rep1-no-file", "AIP-EMPTY", REP1, r"<file\b.*</file>", ""),
    ("rep2-file-order", "METS-ORDER", REP2, r"(<file\b.*?</file>)\s*(<file\b.*?</file>)", r"\2\1"),
    ("rep2-files-orphaned", "METS-ORPHAN", REP2, r"<file\b.*?</file>", ""),
    ("rep2-wrong-root", "METS-PROFILE:CSIP1000", REP2, r"<mets\b.*</mets>", "<nets/>"),
    ("rep2-entity", "XML-UNREADABLE", REP2, r"LABEL=\"", 'LABEL="&rep;'),
    ("rep2-no-utf8", "XML-UNREADABLE", REP2, r"encoding='UTF-8'\?>.*?<", "encoding='UTF-16'?>\0<"),
    ("rep2-date", "XML-SCHEMA", REP2, r'CREATED="[^"]*"', 'CREATED="yesterday"'),
    ("rep2-href-absolute", "METS-HREF", REP2, r'href="data/', 'href="/data/'),
    ("rep2-href-out", "METS-HREF", REP2, r'href="data/', 'href="../../../../data/'),
    ("rep2-href-backslash", "METS-HREF", REP2, r'href="data/', 'href="data\\\\\\\\'),
    ("rep2-href-encoded", "METS-HREF", REP2, r'href="data/', 'href="%2e%2e/%2e%2e/data/'),
)
"""Name, code, document, what is replaced by what (first match)."""

LINK_ORDER = (
    r'(<div [^>]*LABEL="MetadataLink/File"[^>]*>.*?</div>)\s*'
    r'(<div [^>]*LABEL="MetadataLink/File"[^>]*>.*?</div>)'
)


def _mutants() -> Iterator[tuple[str, tuple[str, Callable[[Bag], object]]]]:
    for rule, element, attribute in EVERYWHERE:
        for place, document in (("root", ROOT), ("rep1", REP1)):
            name = f"{place}-{rule}-{attribute.strip()}"
            yield name, (f"METS-PROFILE:{rule}", partial(_without, document, element, attribute))
    for rule, attribute in POINTERS:
        change = partial(_without, ROOT, r"<mptr\b", attribute)
        yield f"root-{rule}-{attribute}", (f"METS-PROFILE:{rule}", change)
    for name, rule, document, pattern, new in EDITS:
        yield name, (f"METS-PROFILE:{rule}", partial(_edited, document, pattern, new))
    for name, code, document, pattern, new in LINK_EDITS:
        yield name, (code, partial(_edited, document, pattern, new))
    yield "rep2-link-order", ("METS-ORDER", partial(_edited, REP2, LINK_ORDER, r"\2\1"))


def _without(document: str, element: str, attribute: str, bag: Bag) -> None:
    pattern = rf'({element}\b[^>]*?)\s{attribute.strip()}="[^"]*"'
    linked(lambda b: b.substitute(document, pattern, r"\1"))(bag)


def _edited(document: str, pattern: str, new: str, bag: Bag) -> None:
    linked(lambda b: b.substitute(document, pattern, new))(bag)


METS_MUTANTS = dict(_mutants())
