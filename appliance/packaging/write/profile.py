"""Values that the circular leaves open or contradicts: data, so that a reading changes no logic.

Sources: TT 05/2025/TT-BNV Phụ lục I in secondary readings (the official text was not read),
E-ARK CSIP 2.1.0, and what eark-validator 1.1.3 accepts. ``docs/format.md`` argues each.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

FORMAT_VERSION: Final = 1
"""Version of this package format, written into ``bag-info.txt``; see ``docs/format.md``."""

METS: Final = "http://www.loc.gov/METS/"
CSIP: Final = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
XLINK: Final = "http://www.w3.org/1999/xlink"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
PREMIS: Final = "http://www.loc.gov/premis/v3"

ROOT_PROFILE: Final = "http://www.ra.ee/METS/v01/IP.xml"
REPRESENTATION_PROFILE: Final = "https://earkcsip.dilcis.eu/profile/E-ARK-CSIP.xml"
PACKAGE_TYPE: Final = "Mixed"
"""``mets/@TYPE``: the circular's table; one of its examples prints ``AIP``, which CSIP refuses."""
CONTENT_INFORMATION_TYPE: Final = "MIXED"
GROUP_INFORMATION_TYPE: Final = "VN-TT05-AIP-HOSO"
"""Named as OTHER on every group: rule CSIP63 as eark-validator has it accepts nothing else."""
OAIS_PACKAGE_TYPE: Final = "AIP"
STRUCTURE_TYPE: Final = "PHYSICAL"
"""``structMap/@TYPE``: CSIP wants it so; one reading of the circular says ``logical``."""

DIGEST_TYPE: Final = "SHA-256"
"""Written in lower case as ``sha256sum`` prints it; a sample in circulation has upper case."""
XML_TYPE: Final = "text/xml"
PDF_TYPE: Final = "application/pdf"
PDF_FORMAT: Final = "PDF/A-2b"
PDF_PRONOM: Final = "fmt/477"

LOCAL_ZONE: Final = dt.timezone(dt.timedelta(hours=7))
"""Việt Nam has had no daylight saving time since 1975: a fixed offset, no zone data needed."""

PREMIS_VERSION: Final = "3.0"
SCHEMA_NAMES: Final = (
    "DILCISExtensionMETS.xsd",
    "EAD.xsd",
    "EAD_doc.xsd",
    "METS.xsd",
    "PREMIS.xsd",
    "xlink.xsd",
)

FILE_IDENTIFIER: Final = "File"
"""``objectIdentifierType`` of a content file; the circular lists File, Doc, Pic, Media."""
PACKAGE_IDENTIFIER: Final = "OBJID"
REPRESENTATION_IDENTIFIER: Final = "Representation"
