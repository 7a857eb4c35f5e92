"""Which fields describe what in which kind of package (TT 05/2025, Phụ lục I and III).

``domain.fields`` holds the hồ sơ and the văn bản of an AIP; here are pictures, and the sets of
a SIP. Secondary readings all: the official text was not read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from appliance.domain import codes
from appliance.domain.fields import DOCUMENT_FIELDS, FILE_UNIT_FIELDS, Field, Kind
from appliance.domain.records import DocumentKind

if TYPE_CHECKING:
    from collections.abc import Mapping

_T, _N, _D, _C = Kind.TEXT, Kind.NUMBER, Kind.DATE, Kind.CODE
_OF_UNIT: Final = {field.name: field for field in FILE_UNIT_FIELDS}
_OF_DOCUMENT: Final = {field.name: field for field in DOCUMENT_FIELDS}


def _optional(field: Field) -> Field:
    return replace(field, required=False)


PICTURE_FIELDS: Final = (
    _OF_DOCUMENT["arcFileCode"],
    _OF_DOCUMENT["docCode"],
    _OF_DOCUMENT["docOrdinal"],
    _optional(_OF_UNIT["maintenance"]),
    Field("typePic", "Loại ảnh", _C, 10, required=True, code_list=codes.TYPE_PICTURE),
    Field("archivesNumber", "Số lưu trữ", _T, 50, required=True),
    _OF_DOCUMENT["inforSign"],
    Field("eventName", "Tên sự kiện", _T, 500, required=False),
    Field("imageTitle", "Tiêu đề ảnh", _T, 500, required=True),
    Field("photographer", "Tác giả ảnh", _T, 300, required=False),
    Field("photoPlace", "Địa điểm chụp", _T, 300, required=False),
    Field("photoTime", "Thời gian chụp", _D, None, required=False),
    Field("colour", "Màu sắc", _C, 50, required=False, code_list=codes.COLOUR),
    Field("filmSize", "Cỡ phim, ảnh", _T, 30, required=False),
    Field(
        "docAttached",
        "Tài liệu đi kèm",
        _C,
        1,
        required=False,
        code_list=codes.DOCUMENT_ATTACHED,
    ),
    _OF_DOCUMENT["mode"],
    _OF_DOCUMENT["format"],
    _optional(_OF_UNIT["riskRecovery"]),
    _OF_UNIT["riskRecoveryStatus"],
    _OF_DOCUMENT["description"],
)
"""``EAD_pic`` of an AIP, 20 fields.

One reading alone lists a picture's fields, 18 of them, and does not say of which package; another
says that the AIP's differ between Phụ lục I and II. Chosen: all 18, so that no reading misses
one, and the two that tie every document of an AIP to its hồ sơ (``arcFileCode``,
``docOrdinal``). Those that an AIP tells of the hồ sơ as a whole (``maintenance``,
``riskRecovery``) may stay empty, as ``EAD_doc`` of an AIP leaves them out. Required are those
that software after TT 02/2019 requires."""

SIP_FILE_UNIT_FIELDS: Final = (
    replace(_OF_UNIT["arcFileCode"], name="fileCode", label="Mã hồ sơ"),
    *FILE_UNIT_FIELDS[1:],
)
"""``EAD.xml`` of a SIP: the same 18 with ``fileCode`` for ``arcFileCode``."""

_SIP_NEEDS: Final = frozenset(
    {
        "docCode", "typeName", "issuedDate", "organName", "subject", "language",
        "numberOfPage", "mode",
    }
)  # fmt: skip
_SIP_DOCUMENT_NAMES: Final = (
    "docCode", "maintenance", "typeName", "codeNumber", "codeNotation", "issuedDate",
    "organName", "subject", "language", "numberOfPage", "inforSign", "keyword", "mode",
    "confidenceLevel", "autograph", "format", "riskRecovery", "riskRecoveryStatus", "process",
    "description",
)  # fmt: skip


def _sip_field(name: str) -> Field:
    if name in _OF_DOCUMENT:
        return replace(_OF_DOCUMENT[name], required=name in _SIP_NEEDS)
    return _OF_UNIT[name]


SIP_DOCUMENT_FIELDS: Final = (
    Field("docId", "Mã định danh tài liệu", _T, 25, required=True),
    *(_sip_field(name) for name in _SIP_DOCUMENT_NAMES),
)
"""``EAD_doc`` of a SIP, 21 fields, with the required flags of the same reading."""

SIP_PICTURE_FIELDS: Final = tuple(
    replace(field, required=True) if field.name in {"maintenance", "riskRecovery"} else field
    for field in PICTURE_FIELDS
    if field.name not in {"arcFileCode", "docOrdinal"}
)
"""``EAD_pic`` of a SIP: the 18 fields as the one reading lists them."""


@dataclass(frozen=True, slots=True)
class FieldSets:
    """The fields of everything that one kind of package describes.

    Args:
        file_unit: Of ``EAD.xml``.
        documents: Of ``EAD_doc`` and ``EAD_pic``, by what they describe.
    """

    file_unit: tuple[Field, ...]
    documents: Mapping[DocumentKind, tuple[Field, ...]]


AIP_FIELDS: Final = FieldSets(
    FILE_UNIT_FIELDS,
    {DocumentKind.TEXT: DOCUMENT_FIELDS, DocumentKind.PICTURE: PICTURE_FIELDS},
)
SIP_FIELDS: Final = FieldSets(
    SIP_FILE_UNIT_FIELDS,
    {DocumentKind.TEXT: SIP_DOCUMENT_FIELDS, DocumentKind.PICTURE: SIP_PICTURE_FIELDS},
)

DESCRIPTION_NAMES: Final = {DocumentKind.TEXT: "EAD_doc", DocumentKind.PICTURE: "EAD_pic"}
"""How the names of descriptions and of their schemas begin."""
