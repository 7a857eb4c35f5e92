"""Values that the circular leaves open or contradicts: data, so that a reading changes no logic.

Sources: TT 05/2025/TT-BNV Phụ lục I (AIP_hoso) and III (SIP_hoso) in secondary readings (the
official text was not read), E-ARK CSIP 2.1.0, and what eark-validator 1.1.3 accepts.
``docs/format.md`` argues each.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.domain.field_sets import (
    AIP_FIELDS,
    DESCRIPTION_NAMES,
    SIP_FIELDS,
    FieldSets,
)
from appliance.domain.records import DocumentKind

if TYPE_CHECKING:
    from collections.abc import Collection

FORMAT_VERSION: Final = 1
"""Version of this package format, written into ``bag-info.txt``; see ``docs/format.md``."""

METS: Final = "http://www.loc.gov/METS/"
CSIP: Final = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
XLINK: Final = "http://www.w3.org/1999/xlink"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
PREMIS: Final = "http://www.loc.gov/premis/v3"

DIGEST_TYPE: Final = "SHA-256"
"""Written in lower case as ``sha256sum`` prints it; a sample in circulation has upper case."""
XML_TYPE: Final = "text/xml"
PDF_TYPE: Final = "application/pdf"
PDF_FORMATS: Final = {"2b": ("PDF/A-2b", "fmt/477"), "1b": ("PDF/A-1b", "fmt/354")}
"""Name and PRONOM key of each archival form."""

LOCAL_ZONE: Final = dt.timezone(dt.timedelta(hours=7))
"""Việt Nam has had no daylight saving time since 1975: a fixed offset, no zone data needed."""

PREMIS_VERSION: Final = "3.0"

FILE_IDENTIFIER: Final = "File"
"""``objectIdentifierType`` of a content file; the circular lists File, Doc, Pic, Media."""
PACKAGE_IDENTIFIER: Final = "OBJID"
REPRESENTATION_IDENTIFIER: Final = "Representation"

_CSIP_PROFILE: Final = "https://earkcsip.dilcis.eu/profile/E-ARK-CSIP.xml"


@dataclass(frozen=True, slots=True)
class PackageProfile:
    """One form of package, by all that its readings leave open or that sets it apart.

    Args:
        name: As ``--profile`` and ``PackageFacts.profile`` name it.
        oais_type: ``csip:OAISPACKAGETYPE``; art. 8.3 and 17: what is digitised becomes an AIP, a
            SIP is handed to another system.
        objid_lead: What stands before the UUID in OBJID. AIP: one of the two forms that the
            readings give (the other carries mã phông); SIP: all readings agree.
        root_profile: ``mets/@PROFILE`` of the package: the circular's own for an AIP, that of
            CSIP for a SIP.
        group_type: ``csip:OTHERCONTENTINFORMATIONTYPE`` of every group; rule CSIP63 as
            eark-validator has it accepts no other than OTHER there.
        root_form: ``TYPE`` of the first division of the package and of ``rep1``: NORMALIZED in
            an AIP, ORIGINAL in a SIP (both readings).
        fields: Which fields describe what: ``arcFileCode`` and 19 fields in an AIP,
            ``fileCode`` and 21 in a SIP.
        schema_folder: Where our schemas of those fields lie, below ``packaging/schemas``.
        has_masters: Whether ``rep2`` holds the masters: our own addition, which CSIP allows;
            the circular knows one representation.
        has_preservation: Whether PREMIS is there. A SIP has none, only an empty ``amdSec`` with
            an ID, as the sample in circulation has it.
        representation_profile: ``mets/@PROFILE`` of a representation.
        package_type: ``mets/@TYPE``: the circular's table; one of its examples prints ``AIP``,
            which CSIP refuses.
        content_information_type: Of ``mets``; satisfies CSIP62 for all groups.
        structure_type: ``structMap/@TYPE``: CSIP wants it so; one reading says ``logical``.
    """

    name: str
    oais_type: str
    objid_lead: str
    root_profile: str
    group_type: str
    root_form: str
    fields: FieldSets
    schema_folder: str
    has_masters: bool
    has_preservation: bool
    representation_profile: str = _CSIP_PROFILE
    package_type: str = "Mixed"
    content_information_type: str = "MIXED"
    structure_type: str = "PHYSICAL"

    def schemas(self, kinds: Collection[DocumentKind]) -> dict[str, str]:
        """The schemas that a package carries: name in the package → name of ours.

        Args:
            kinds: What its documents are; ``EAD_doc.xsd`` is always there.
        """
        common = ["DILCISExtensionMETS.xsd", "METS.xsd", "xlink.xsd"]
        if self.has_preservation:
            common.append("PREMIS.xsd")
        described = {DocumentKind.TEXT, *kinds}
        own = ["EAD.xsd", *(f"{DESCRIPTION_NAMES[kind]}.xsd" for kind in described)]
        found = {name: name for name in common}
        found |= {name: f"{self.schema_folder}{name}" for name in own}
        return dict(sorted(found.items()))


FULL: Final = PackageProfile(
    name="full",
    oais_type="AIP",
    objid_lead="urn:uuid:",
    root_profile="http://www.ra.ee/METS/v01/IP.xml",
    group_type="VN-TT05-AIP-HOSO",
    root_form="NORMALIZED",
    fields=AIP_FIELDS,
    schema_folder="",
    has_masters=True,
    has_preservation=True,
)
"""What the appliance seals: AIP_hoso with the masters as a second representation."""

AIP_HOSO: Final = PackageProfile(
    name="aip_hoso",
    oais_type="AIP",
    objid_lead=FULL.objid_lead,
    root_profile=FULL.root_profile,
    group_type=FULL.group_type,
    root_form="NORMALIZED",
    fields=AIP_FIELDS,
    schema_folder="",
    has_masters=False,
    has_preservation=True,
)
"""AIP_hoso to the letter: one representation (Phụ lục I)."""

SIP_HOSO: Final = PackageProfile(
    name="sip_hoso",
    oais_type="SIP",
    objid_lead="uuid-",
    root_profile=_CSIP_PROFILE,
    group_type="VN-TT05-SIP-HOSO",
    root_form="ORIGINAL",
    fields=SIP_FIELDS,
    schema_folder="sip/",
    has_masters=False,
    has_preservation=False,
)
"""SIP_hoso for another system (Phụ lục III). Dates stay as recorded, MM/YYYY and YYYY too: the
readings allow those for an AIP alone, but a record that knows no day cannot be given one."""

PROFILES: Final = {profile.name: profile for profile in (FULL, AIP_HOSO, SIP_HOSO)}
"""Every form by its name."""
