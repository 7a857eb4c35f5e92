"""``EAD.xml``, ``EAD_doc_*.xml``, ``EAD_pic_*.xml``: every field of the circular, maybe empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.domain.field_sets import DESCRIPTION_NAMES
from appliance.domain.identifiers import safe_name
from appliance.packaging.write.parts import Part, made
from appliance.packaging.write.profile import PROFILES
from appliance.packaging.write.xml import Namespace, to_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.domain.fields import Field
    from appliance.domain.records import Document
    from appliance.packaging.facts import PackageFacts
    from appliance.packaging.write.names import Ids

_NAMELESS: Final = Namespace()
_OF_THE_UNIT: Final = ("maintenance", "riskRecovery", "riskRecoveryStatus")
"""What a SIP says of each document, and a record of the hồ sơ as a whole."""
_OF_AN_AIP: Final = frozenset({"arcFileCode", "docOrdinal"})
"""What ties a document to its hồ sơ in an AIP; a SIP has no such fields."""


def file_unit_part(facts: PackageFacts) -> Part:
    """The fields of the hồ sơ."""
    fields = PROFILES[facts.profile].fields.file_unit
    return made("metadata/descriptive/EAD.xml", _simple_description(fields, file_unit_texts(facts)))


def file_unit_texts(facts: PackageFacts) -> dict[str, str]:
    """The hồ sơ's texts by the names that the package's form gives them."""
    texts = dict(facts.file_unit.fields)
    names = {field.name for field in PROFILES[facts.profile].fields.file_unit}
    if "fileCode" in names:
        texts["fileCode"] = texts.pop("arcFileCode", "")
    return texts


def document_part(folder: str, facts: PackageFacts, document: Document, ids: Ids) -> Part:
    """The fields of one document.

    Args:
        folder: The representation's folder.
        facts: The package's facts.
        document: The document.
        ids: Mints its id.
    """
    stem = DESCRIPTION_NAMES[document.kind]
    name = f"{stem}_{safe_name(facts.file_unit.file_code)}.{document.ordinal:04d}.xml"
    fields = PROFILES[facts.profile].fields.documents[document.kind]
    return made(
        f"{folder}/metadata/descriptive/{name}",
        _simple_description(fields, document_texts(facts, document, ids)),
    )


def document_texts(facts: PackageFacts, document: Document, ids: Ids) -> dict[str, str]:
    """A document's texts by the names that the package's form gives them, and no others."""
    names = {field.name for field in PROFILES[facts.profile].fields.documents[document.kind]}
    if "arcFileCode" in names:
        return dict(document.fields)
    unit = facts.file_unit.fields
    texts = {name: unit[name] for name in _OF_THE_UNIT if unit.get(name)}
    own = document.fields.items()
    texts |= {name: text for name, text in own if name not in _OF_AN_AIP}
    if "docId" in names:
        texts["docId"] = ids.document(document.ordinal)
    return texts


def _simple_description(fields: tuple[Field, ...], values: Mapping[str, str]) -> bytes:
    elements = (_NAMELESS(field.name, values.get(field.name, "")) for field in fields)
    return to_bytes(_NAMELESS("simpledc", *elements))
