"""``documentation/README.txt``: what a stranger in thirty years needs to know."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

from appliance.domain.identifiers import object_folder
from appliance.domain.records import DocumentKind
from appliance.packaging.write.parts import Part, made
from appliance.packaging.write.profile import PROFILES
from appliance.packaging.write.xml import local_time

if TYPE_CHECKING:
    from appliance.packaging.facts import PackageFacts

_FORMS: Final = {
    "full": "AIP_hoso + rep2 (TT 05/2025, Phụ lục I; E-ARK CSIP)",
    "aip_hoso": "AIP_hoso (TT 05/2025, Phụ lục I; E-ARK CSIP)",
    "sip_hoso": "SIP_hoso (TT 05/2025, Phụ lục III; E-ARK CSIP)",
}

_SIGNED: Final = (
    """\
  4. Máy nào đã đóng gói? Cạnh tệp ZIP có giấy kèm (.json, ghi mã SHA-256 của cả tệp ZIP) và chữ
     ký của máy (.json.sig). Hai mã SHA-256 phải bằng nhau, và lệnh thứ ba phải báo
     “Good "appliance-package" signature”.
       sha256sum {zip_name}
       grep -o '"sha256":"[0-9a-f]*"' {folder}.json
       ssh-keygen -Y verify -f allowed_signers -I {box_id} -n appliance-package \\
         -s {folder}.json.sig < {folder}.json
     Tệp allowed_signers (khóa công khai của các máy) do cơ quan lưu trữ giữ. Không có tệp đó thì
     lệnh sau vẫn cho biết giấy kèm có bị sửa sau khi ký không, và khóa nào đã ký:
       ssh-keygen -Y check-novalidate -n appliance-package \\
         -s {folder}.json.sig < {folder}.json
""",
    """\
  4. Which machine sealed it? Beside the ZIP lie its sidecar (.json, with the SHA-256 of the whole
     ZIP) and the machine's signature (.json.sig). Both SHA-256 must be equal, and the third
     command must say “Good "appliance-package" signature”.
       sha256sum {zip_name}
       grep -o '"sha256":"[0-9a-f]*"' {folder}.json
       ssh-keygen -Y verify -f allowed_signers -I {box_id} -n appliance-package \\
         -s {folder}.json.sig < {folder}.json
     The archive keeps allowed_signers, the public keys of its machines. Without it, this still
     tells whether the sidecar was changed after it was signed, and which key signed it:
       ssh-keygen -Y check-novalidate -n appliance-package \\
         -s {folder}.json.sig < {folder}.json
""",
)
"""How the signature of a sealed package is checked, in Vietnamese and English."""

_COPIED: Final = (
    """\
  4. Tệp ZIP có đúng là tệp đã bàn giao không? Cạnh nó có tệp .sha256:
       sha256sum --strict -c {zip_name}.sha256
     Gói này lập từ gói đã niêm phong {source},
     do cơ quan lưu trữ giữ cùng chữ ký của máy.
""",
    """\
  4. Is the ZIP the one that was handed over? Beside it lies a file .sha256:
       sha256sum --strict -c {zip_name}.sha256
     This package was made from the sealed package {source},
     which the archive keeps, with the signature of its machine.
""",
)
"""The same for another form of a sealed package."""


def readme_part(facts: PackageFacts) -> Part:
    """The README, in Vietnamese and English, with the commands for this very package."""
    template = files(__package__).joinpath("README.template.txt").read_text(encoding="utf-8")
    folder = object_folder(facts.objid)
    names = {
        "folder": folder,
        "zip_name": f"{folder}.zip",
        "box_id": facts.box_id,
        "source": facts.source_objid,
    }
    proofs = (text.format(**names) for text in (_COPIED if facts.source_objid else _SIGNED))
    contents = _contents(facts)
    text = template.format(
        **names,
        **_facts(facts),
        holds=_holds(facts),
        lineage=_lineage(facts),
        form=_FORMS[facts.profile],
        contents_vi="".join(f"  {path:<29} {vi}\n" for path, vi, _ in contents),
        contents_en="".join(f"  {path:<29} {en}\n" for path, _, en in contents),
        **dict(zip(("proof_vi", "proof_en"), proofs, strict=True)),
    )
    return made("documentation/README.txt", text.encode("utf-8"), "text/plain")


def _facts(facts: PackageFacts) -> dict[str, object]:
    return {
        "objid": facts.objid,
        "version": facts.version,
        "file_code": facts.file_unit.file_code,
        "title": " ".join(facts.file_unit.fields["title"].split()),
        "fonds_code": facts.fonds.fonds_code,
        "fonds_name": facts.fonds.name,
        "archive_name": facts.archive_name,
        "sealed_at": local_time(facts.sealed_at),
        "software_name": facts.software_name,
        "software_version": facts.software_version,
        "decision_number": facts.approval.decision_number,
        "decision_date": f"{facts.approval.decision_date:%d/%m/%Y}",
        "signer": facts.approval.signer,
    }


def _holds(facts: PackageFacts) -> str:
    pages = sum(pdf.page_count for pdf in facts.pdfs)
    text = f"{pages} trang / pages, {len(facts.pdfs)} PDF"
    if facts.masters:
        text += f", {len(facts.masters)} tệp ảnh gốc / masters"
    return text


def _lineage(facts: PackageFacts) -> str:
    """Lines that only some packages have."""
    lines = {
        "Đính chính gói / corrects": facts.predecessor_objid,
        "Lập từ gói / made from   ": facts.source_objid,
    }
    return "".join(f"{label}: {text}\n" for label, text in lines.items() if text)


def _contents(facts: PackageFacts) -> list[tuple[str, str, str]]:
    """What lies where: path, Vietnamese, English."""
    form = PROFILES[facts.profile]
    count = len(form.fields.file_unit)
    kinds = {document.kind for document in facts.documents}
    rows = [
        (
            "representations/rep1/data/",
            "bản đọc: PDF/A hai lớp (ảnh trang và chữ nhận dạng)",
            "to read: two-layer PDF/A (page images and recognised text)",
        ),
        (
            "metadata/descriptive/EAD.xml",
            f"{count} trường thông tin của hồ sơ",
            f"{count} descriptive fields of the file unit",
        ),
    ]
    if DocumentKind.TEXT in kinds:
        rows.append(("…/rep1/…/EAD_doc_*.xml", "từng văn bản", "each document"))
    if DocumentKind.PICTURE in kinds:
        rows.append(("…/rep1/…/EAD_pic_*.xml", "từng ảnh tư liệu", "each photograph"))
    if facts.masters:
        rows.append(
            (
                "representations/rep2/data/",
                "ảnh quét gốc, nguyên vẹn từng bit; số trong tên là thứ tự quét",
                "the masters, bit for bit; the number in a name is the scanner's order",
            )
        )
    if form.has_preservation:
        rows.append(
            ("metadata/preservation/", "lịch sử bảo quản (PREMIS)", "preservation history (PREMIS)")
        )
    rows.append(
        (
            "METS.xml",
            "bảng kê mọi thành phần, kích thước và mã băm",
            "the list of all parts with their sizes and digests",
        )
    )
    rows.append(
        ("schemas/", "lược đồ để kiểm tra các tệp .xml", "schemas that the .xml files follow")
    )
    return rows
