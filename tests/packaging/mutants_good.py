"""Packages that another writer could have made so, and that are as good: none may be refused."""

from __future__ import annotations

import hashlib
import re
from functools import partial
from typing import TYPE_CHECKING

import pikepdf
from pikepdf import Array, Dictionary, Name

from appliance.domain.fields import FILE_UNIT_FIELDS
from tests.packaging.bags import linked, tagged
from tests.packaging.mutants_content import edit_pdf
from tests.packaging.mutants_mets import LINK_ORDER

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.packaging.bags import Bag

ROOT = "METS.xml"
REP2 = "representations/rep2/METS.xml"
EAD = "metadata/descriptive/EAD.xml"
PREMIS = "metadata/preservation/PREMIS.xml"
PREMIS2 = "representations/rep2/metadata/preservation/PREMIS_rep2.xml"
PDFS = "representations/rep1/data/*.pdf"
MD5_TOO = (
    "<fixity><messageDigestAlgorithm>MD5</messageDigestAlgorithm>"
    "<messageDigest>0</messageDigest></fixity><fixity>"
)
OTHER_EVENT = (
    "<event><eventIdentifier><eventIdentifierType>local</eventIdentifierType>"
    "<eventIdentifierValue>av-1</eventIdentifierValue></eventIdentifier>"
    "<eventType>virus check</eventType><eventDateTime>2026-11-22</eventDateTime>"
    "<eventOutcomeInformation><eventOutcome>success</eventOutcome></eventOutcomeInformation>"
    "<linkingAgentIdentifier><linkingAgentIdentifierType>local</linkingAgentIdentifierType>"
    "<linkingAgentIdentifierValue>person:a</linkingAgentIdentifierValue></linkingAgentIdentifier>"
    "<linkingObjectIdentifier><linkingObjectIdentifierType>x</linkingObjectIdentifierType>"
    "<linkingObjectIdentifierValue>rep2</linkingObjectIdentifierValue></linkingObjectIdentifier>"
    "</event><agent><agentIdentifier><agentIdentifierType>local</agentIdentifierType>"
    "<agentIdentifierValue>person:a</agentIdentifierValue></agentIdentifier>"
    "<agentName>A</agentName><agentType>person</agentType></agent><agent>"
)


def _other_line_ends(bag: Bag) -> None:
    for path in bag.folder.glob("*.txt"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    bag.retag()


def _upper_case(bag: Bag) -> None:
    path = bag.path("bag:manifest-sha256.txt")
    path.write_text(
        re.sub(r"^\w+", lambda match: match[0].upper(), path.read_text(), flags=re.MULTILINE)
    )


def _second_manifest(algorithm: str, bag: Bag) -> None:
    lines = []
    for line in bag.path("bag:manifest-sha256.txt").read_text().splitlines():
        name = line.split("  ")[1]
        digest = hashlib.new(algorithm, (bag.folder / name).read_bytes(), usedforsecurity=False)
        lines.append(f"{digest.hexdigest()}  {name}\n")
    bag.path(f"bag:manifest-{algorithm}.txt").write_text("".join(lines))


def _more_information(bag: Bag) -> None:
    path = bag.path("bag:bag-info.txt")
    path.write_text(path.read_text("utf-8") + "Contact-Name: An\n  Bình\nX-Note: a: b\n", "utf-8")


def _all(name: str, old: str, new: str, bag: Bag) -> None:
    text = bag.path(name).read_text("utf-8")
    assert old in text
    bag.path(name).write_text(text.replace(old, new), "utf-8")
    bag.relink()


def _edited(name: str, pattern: str, new: str, bag: Bag) -> None:
    linked(lambda one: one.substitute(name, pattern, new))(bag)


def _reversed_fields(bag: Bag) -> None:
    text = bag.path(EAD).read_text("utf-8")
    elements = [match[0] for match in re.finditer(r"<(\w+)(?:/>|>[^<]*</\1>)", text)]
    assert len(elements) == len(FILE_UNIT_FIELDS)
    bag.path(EAD).write_text(f"<simpledc>{''.join(reversed(elements))}</simpledc>", "utf-8")
    bag.relink()


def _byte_order_mark(bag: Bag) -> None:
    path = bag.path(REP2)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    bag.relink()


def _upper_case_in_mets(bag: Bag) -> None:
    path = bag.path(REP2)
    text = path.read_text("utf-8")
    pattern = r'(?<=CHECKSUM=")\w+'
    path.write_text(re.sub(pattern, lambda match: match[0].upper(), text), "utf-8")
    data = path.read_bytes()
    root = bag.path(ROOT).read_text("utf-8")
    lead = re.search(r'CHECKSUM="\w+"([^>]*>\s*<FLocat[^>]*rep2/METS.xml)', root)
    assert lead is not None
    fresh = f'CHECKSUM="{hashlib.sha256(data).hexdigest()}"{lead[1]}'
    bag.path(ROOT).write_text(root.replace(lead[0], fresh), "utf-8")
    bag.reseal()


def _upper_case_in_premis(bag: Bag) -> None:
    path = bag.path(PREMIS2)
    pattern = r"(?<=<messageDigest>)\w+"
    text = re.sub(pattern, lambda match: match[0].upper(), path.read_text("utf-8"))
    path.write_text(text, "utf-8")
    bag.relink()


def _another_paper(bag: Bag) -> None:
    """One more document, listed where its name puts it."""
    bag.path("documentation/Z.txt").write_text("z")
    text = bag.path(ROOT).read_text("utf-8")
    own = re.search(r"<file\b[^>]*>\s*<FLocat[^>]*documentation/[^>]*/>\s*</file>", text)
    assert own is not None
    new = re.sub(r'ID="ID-[^"]*"', f'ID="ID-{"0" * 8}-0000-0000-0000-{"0" * 12}"', own[0])
    new = re.sub(r"documentation/[^\"]*", "documentation/Z.txt", new)
    bag.path(ROOT).write_text(text.replace(own[0], own[0] + new), "utf-8")
    bag.relink()


def _of_another_writer(bag: Bag) -> None:
    """Without our format version a package is free in its ids and its order."""
    bag.substitute("bag:bag-info.txt", r"Package-Format-Version: [^\n]*\n", "")
    bag.substitute(REP2, LINK_ORDER, r"\2\1")
    bag.substitute(REP2, r'(<fileSec ID=)"[^"]*"', r'\1"files"')
    bag.relink()


def _signature(pdf: pikepdf.Pdf, rectangle: tuple[int, ...], **more: object) -> None:
    about = {"Type": Name.Annot, "Subtype": Name.Widget, "FT": Name.Sig, "F": 132, **more}
    about["Rect"] = Array(rectangle)
    field = pdf.make_indirect(Dictionary({f"/{key}": value for key, value in about.items()}))
    pdf.pages[0].Annots = Array([field])
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=3)


def _shown_signature(pdf: pikepdf.Pdf) -> None:
    look = pikepdf.Stream(pdf, b"", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9]))
    signed = Dictionary(Type=Name.Sig, Filter=Name("/Adobe.PPKLite"), Contents=pikepdf.String("x"))
    _signature(pdf, (10, 10, 60, 30), AP=Dictionary(N=look), V=pdf.make_indirect(signed))


def _invisible_text(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[0]
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    page.Resources.Font = Dictionary(F1=font)
    page.contents_add(b"BT 3 Tr /F1 12 Tf (hello) Tj ET")


def _bookmarks(pdf: pikepdf.Pdf) -> None:
    with pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("Văn bản 1", 0))


def _cmyk_with_profile(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[0]
    page.Resources.XObject.Im0.ColorSpace = Name.DeviceCMYK
    profile = pikepdf.Stream(pdf, b"profile", N=4)
    space = Array([Name.ICCBased, pdf.make_indirect(profile)])
    page.Resources.ColorSpace = Dictionary(DefaultCMYK=space)


def _pdf_bytes(pairs: tuple[tuple[bytes, bytes], ...], bag: Bag) -> None:
    path = bag.path(bag.first(PDFS))
    data = path.read_bytes()
    for old, new in pairs:
        assert old in data
        data = data.replace(old, new)
    path.write_bytes(data)
    bag.repremis()


def _transparent(pdf: pikepdf.Pdf) -> None:
    group = Dictionary(Type=Name.Group, S=Name.Transparency, CS=Name.DeviceRGB)
    pdf.pages[0].obj["/Group"] = group


GOOD_MUTANTS: dict[str, Callable[[Bag], object]] = {
    # the bag
    "other-line-ends": _other_line_ends,
    "upper-case-manifest": tagged(_upper_case),
    "manifest-sha512-too": tagged(partial(_second_manifest, "sha512")),
    "manifest-md5-too": tagged(partial(_second_manifest, "md5")),
    "more-information": tagged(_more_information),
    "no-information": tagged(lambda bag: bag.path("bag:bag-info.txt").unlink()),
    "older-bagit": tagged(lambda bag: bag.replace("bag:bagit.txt", "1.0", "0.97")),
    "of-another-writer": _of_another_writer,
    # METS
    "other-mime-of-xml": partial(_all, ROOT, "text/xml", "application/xml"),
    "upper-case-in-mets": _upper_case_in_mets,
    "comment": partial(_edited, REP2, "<fileSec", "<!-- <!ELEMENT --><fileSec"),
    "instruction": partial(_edited, REP2, "<fileSec", "<?note x?><fileSec"),
    "byte-order-mark": _byte_order_mark,
    "logical-map": partial(_edited, ROOT, 'TYPE="PHYSICAL"', 'TYPE="logical"'),
    "one-more-agent": partial(
        _edited,
        ROOT,
        "<agent",
        '<agent ROLE="EDITOR" TYPE="INDIVIDUAL"><name>A</name></agent><agent',
    ),
    "another-wrapper": partial(_edited, ROOT, 'LABEL="Representations"', 'LABEL="All of them"'),
    "another-paper": _another_paper,
    "other-type": partial(_edited, ROOT, ' TYPE="Mixed"', ' TYPE="AIP"'),
    # PREMIS
    "md5-too": partial(_edited, PREMIS2, "<fixity>", MD5_TOO),
    "upper-case-in-premis": _upper_case_in_premis,
    "no-storage": partial(_edited, PREMIS2, r"<storage>.*?</storage>", ""),
    "no-detail": partial(
        _edited, PREMIS, r"<eventDetailInformation>.*?</eventDetailInformation>", ""
    ),
    "event-of-others": partial(_edited, PREMIS2, "<agent>", OTHER_EVENT),
    # descriptions
    "fields-in-any-order": _reversed_fields,
    "optional-field-gone": partial(_edited, EAD, r"<keyword(/>|>[^<]*</keyword>)", ""),
    "year-alone": partial(_edited, EAD, "<endDate>12/1978", "<endDate>1978"),
    "several-languages": partial(_edited, EAD, "<language>01", "<language>01; 03"),
    # PDF/A
    "signed-in-sight": partial(edit_pdf, change=_shown_signature),
    "signed-out-of-sight": partial(edit_pdf, change=lambda pdf: _signature(pdf, (0, 0, 0, 0))),
    "invisible-text": partial(edit_pdf, change=_invisible_text),
    "bookmarks": partial(edit_pdf, change=_bookmarks),
    "transparent-group": partial(edit_pdf, change=_transparent),
    "cmyk-with-profile": partial(edit_pdf, change=_cmyk_with_profile),
    "pdfa-1b": partial(_pdf_bytes, ((b"%PDF-1.7", b"%PDF-1.4"), (b"part>2<", b"part>1<"))),
    "pdfa-2u": partial(_pdf_bytes, ((b"conformance>B<", b"conformance>U<"),)),
}
"""What is done to the good package; it must still pass."""
