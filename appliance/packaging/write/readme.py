"""``documentation/README.txt``: what a stranger in thirty years needs to know."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from appliance.domain.identifiers import object_folder
from appliance.packaging.write.parts import Part, made
from appliance.packaging.write.xml import local_time

if TYPE_CHECKING:
    from appliance.packaging.facts import PackageFacts


def readme_part(facts: PackageFacts) -> Part:
    """The README, in Vietnamese and English."""
    template = files(__package__).joinpath("README.template.txt").read_text(encoding="utf-8")
    folder = object_folder(facts.objid)
    text = template.format(
        objid=facts.objid,
        version=facts.version,
        file_code=facts.file_unit.file_code,
        title=facts.file_unit.fields["title"],
        fonds_code=facts.fonds.fonds_code,
        fonds_name=facts.fonds.name,
        archive_name=facts.archive_name,
        sealed_at=local_time(facts.sealed_at),
        software_name=facts.software_name,
        software_version=facts.software_version,
        decision_number=facts.approval.decision_number,
        decision_date=f"{facts.approval.decision_date:%d/%m/%Y}",
        signer=facts.approval.signer,
        box_id=facts.box_id,
        folder=folder,
        zip_name=f"{folder}.zip",
    )
    return made("documentation/README.txt", text.encode("utf-8"), "text/plain")
