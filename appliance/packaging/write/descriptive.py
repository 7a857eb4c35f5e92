"""``EAD.xml`` and ``EAD_doc_*.xml``: every field of the circular in its order, maybe empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.domain.fields import DOCUMENT_FIELDS, FILE_UNIT_FIELDS, Field
from appliance.domain.identifiers import safe_name
from appliance.packaging.write.parts import Part, made
from appliance.packaging.write.xml import Namespace, to_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.domain.records import Document, FileUnit

_NAMELESS: Final = Namespace("")


def file_unit_part(file_unit: FileUnit) -> Part:
    """The 18 fields of the hồ sơ."""
    return made(
        "metadata/descriptive/EAD.xml", _simple_description(FILE_UNIT_FIELDS, file_unit.fields)
    )


def document_part(folder: str, file_code: str, document: Document) -> Part:
    """The 19 fields of one document.

    Args:
        folder: The representation's folder.
        file_code: Mã hồ sơ.
        document: The document.
    """
    name = f"EAD_doc_{safe_name(file_code)}.{document.ordinal:04d}.xml"
    return made(
        f"{folder}/metadata/descriptive/{name}",
        _simple_description(DOCUMENT_FIELDS, document.fields),
    )


def _simple_description(fields: tuple[Field, ...], values: Mapping[str, str]) -> bytes:
    elements = (_NAMELESS(field.name, values.get(field.name, "")) for field in fields)
    return to_bytes(_NAMELESS("simpledc", *elements))
