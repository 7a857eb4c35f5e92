"""Mint: what a package gets once and keeps, however often and by whichever release it is sealed.

OBJID and time of the seal, and with them what else decides its bytes: an upgrade or another
setting between two attempts at one seal must not give other bytes under the same name.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from appliance.catalogue import events
from appliance.domain.canonical import canonical_json
from appliance.domain.identifiers import object_id
from appliance.domain.records import PdfPer
from appliance.imaging.pdf_form import PdfaProfile, PdfForm
from appliance.imaging.pdf_volumes import VolumeLimits

if TYPE_CHECKING:
    from appliance.catalogue.engine import Writing
    from appliance.catalogue.tables import FileUnitRow
    from appliance.domain.canonical import JsonValue

_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Making:
    """What a package is made with, beside what is recorded of its hồ sơ.

    Args:
        software_version: Of this program.
        pdf_per: What one PDF holds when the hồ sơ does not say.
        form: What every PDF has in common.
        box_id: The box.
        signer: The public key of whoever signs the sidecar, as in a ``.pub`` file.
    """

    software_version: str
    pdf_per: PdfPer
    form: PdfForm
    box_id: str
    signer: str

    def to_text(self) -> str:
        """As the text of its column."""
        facts: JsonValue = {
            "format": _FORMAT,
            "software_version": self.software_version,
            "pdf_per": str(self.pdf_per),
            "pdf_profile": str(self.form.profile),
            "has_signature_field": self.form.has_signature_field,
            "volume_max_bytes": self.form.volumes.max_bytes,
            "volume_max_pages": self.form.volumes.max_pages,
            "box_id": self.box_id,
            "signer": self.signer,
        }
        return canonical_json(facts).decode("utf-8")

    @classmethod
    def from_text(cls, text: str) -> Making | None:
        """Read back what ``to_text`` wrote; None for the form of another release."""
        facts = json.loads(text)
        if facts["format"] != _FORMAT:
            return None
        volumes = VolumeLimits(facts["volume_max_bytes"], facts["volume_max_pages"])
        return cls(
            software_version=facts["software_version"],
            pdf_per=PdfPer(facts["pdf_per"]),
            form=PdfForm(PdfaProfile(facts["pdf_profile"]), facts["has_signature_field"], volumes),
            box_id=facts["box_id"],
            signer=facts["signer"],
        )


def mint(writing: Writing, row: FileUnitRow, now: Making) -> Making:
    """Mint what is not minted yet.

    What was minted for another box or another key is void, as nobody here can sign it any more:
    the package then gets another OBJID.

    Args:
        writing: The transaction.
        row: The hồ sơ.
        now: What a package would be made with today.

    Returns:
        What this package is made with.
    """
    kept = Making.from_text(row.minted_with) if row.objid and row.minted_with else None
    if kept is not None and (kept.box_id, kept.signer) == (now.box_id, now.signer):
        return kept
    if row.objid is None or row.minted_with is not None:  # a release before this kept the id alone
        row.objid = object_id(str(uuid4()))
        row.minted_at = writing.now
        row.minted_counter, _head = events.head(writing.session)
    row.minted_with = now.to_text()
    return now
