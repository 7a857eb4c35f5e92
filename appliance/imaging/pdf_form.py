"""Which archival form a PDF takes, and what that form can carry.

Sources: ISO 19005-1 (on PDF 1.4) and ISO 19005-2 (on PDF 1.7, ISO 32000-1).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from appliance.imaging.pdf_volumes import DEFAULT_VOLUMES, VolumeLimits


class PdfaProfile(StrEnum):
    """A part of the standard with its level B: looks the same for ever."""

    A1B = "1b"
    A2B = "2b"

    @property
    def part(self) -> int:
        """The part of ISO 19005."""
        return int(self.value[0])

    @property
    def pdf_version(self) -> str:
        """The version of PDF that it stands on."""
        return "1.4" if self is PdfaProfile.A1B else "1.7"

    @property
    def carries_jpeg2000(self) -> bool:
        """Whether JPXDecode may be used; PDF 1.4 does not know it."""
        return self is not PdfaProfile.A1B

    @property
    def max_sample_bits(self) -> int:
        """Bits of one sample of an image, at most; PDF 1.5 added sixteen."""
        return 8 if self is PdfaProfile.A1B else 16

    @property
    def max_icc_version(self) -> int:
        """The newest major version of a colour profile: ICC.1:1998-09 or ISO 15076-1."""
        return 2 if self is PdfaProfile.A1B else 4


@dataclass(frozen=True, slots=True)
class PdfForm:
    """What every PDF of a package has in common.

    Args:
        profile: The archival form.
        has_signature_field: Whether page 1 reserves a place for the agency's signature.
        volumes: How much one PDF may hold before the next begins.
    """

    profile: PdfaProfile = PdfaProfile.A2B
    has_signature_field: bool = True
    volumes: VolumeLimits = DEFAULT_VOLUMES


DEFAULT_FORM = PdfForm()
