"""Packages spoiled in PREMIS, descriptions and PDF/A.

Each entry names the rule that must catch it and what is done to a good package. Most are made
consistent again below the spoiled part, as somebody with our tools would: only the rule that is
named stands between them and a pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pikepdf

from tests.packaging.bags import linked

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.packaging.bags import Bag

REP1 = "representations/rep1"
EAD = "metadata/descriptive/EAD.xml"
PREMIS = "metadata/preservation/PREMIS.xml"
PREMIS1 = f"{REP1}/metadata/preservation/PREMIS_rep1.xml"
ZEROS = "0" * 64


def _documents(bag: Bag) -> str:
    return bag.first(f"{REP1}/metadata/descriptive/*.xml")


def _pdf(bag: Bag) -> str:
    return bag.first(f"{REP1}/data/*.pdf")


def edit_pdf(bag: Bag, change: Callable[[pikepdf.Pdf], object]) -> None:
    """Change a PDF and carry its new digest through PREMIS, METS and the bag."""
    path = bag.path(_pdf(bag))
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        change(pdf)
        pdf.save(path, deterministic_id=True, fix_metadata_version=False, compress_streams=False)
    bag.repremis()


def _second_ead(bag: Bag) -> None:
    text = bag.path(_documents(bag)).read_text("utf-8")
    bag.path(_documents(bag)).write_text(text.replace("docOrdinal>1<", "docOrdinal>2<"), "utf-8")


def _no_intent(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.OutputIntents


def _no_xmp(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.Metadata


def _script(pdf: pikepdf.Pdf) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
    pdf.Root.OpenAction = action


def _attachment(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["a.txt"] = b"hello"


def _interpolate(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].Resources.XObject.Im0.Interpolate = True


def _visible_text(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[0]
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    page.Resources.Font = pikepdf.Dictionary(F1=font)
    page.contents_add(b"BT /F1 12 Tf (hello) Tj ET")


def _blank_page(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[0].Resources.XObject
    pdf.pages[0].Contents = pikepdf.Stream(pdf, b"q Q")


def _extra_page(pdf: pikepdf.Pdf) -> None:
    pdf.pages.append(pdf.pages[0])


def _no_pdf(bag: Bag) -> None:
    bag.path(_pdf(bag)).write_bytes(b"%PDF-1.7\nno\n%%EOF")
    bag.repremis()


CONTENT_MUTANTS: dict[str, tuple[str, Callable[[Bag], object]]] = {
    # PREMIS
    "premis-digest": (
        "PREMIS-DIGEST",
        linked(
            lambda b: b.substitute(PREMIS1, r"<messageDigest>[^<]*<", f"<messageDigest>{ZEROS}<")
        ),
    ),
    "premis-size": (
        "PREMIS-SIZE",
        linked(lambda b: b.substitute(PREMIS, r"<size>\d+<", "<size>7<")),
    ),
    "premis-unknown": (
        "PREMIS-UNKNOWN",
        linked(
            lambda b: b.substitute(
                PREMIS1, r">ID-[^<]*</objectIdentifierValue>", ">ID-0</objectIdentifierValue>"
            )
        ),
    ),
    "premis-forgets": (
        "PREMIS-NO-OBJECT",
        linked(lambda b: b.substitute(PREMIS1, r'<object xsi:type="file".*?</object>', "")),
    ),
    "premis-agent": (
        "PREMIS-LINK",
        linked(lambda b: b.substitute(PREMIS, r"<agent>.*?</agent>", "")),
    ),
    "premis-category": (
        "XML-SCHEMA",
        linked(
            lambda b: b.replace(
                PREMIS1,
                "<objectCharacteristics>",
                "<objectCategory>file</objectCategory><objectCharacteristics>",
            )
        ),
    ),
    "premis-event-twice": (
        "PREMIS-ID-TWICE",
        linked(lambda b: b.substitute(PREMIS, r"(<event>.*?</event>)", r"\1\1")),
    ),
    # descriptions
    "ead-field-gone": (
        "FIELD-MISSING",
        linked(lambda b: b.substitute(EAD, r"<title>.*?</title>", "")),
    ),
    "ead-bad-date": (
        "FIELD-NOT-DATE",
        linked(lambda b: b.replace(EAD, "03/02/1978", "31/02/1978")),
    ),
    "ead-bad-code": (
        "FIELD-NOT-CODE",
        linked(lambda b: b.replace(EAD, "<maintenance>01<", "<maintenance>99<")),
    ),
    "ead-unknown-field": (
        "FIELD-UNKNOWN",
        linked(lambda b: b.replace(EAD, "<title>", "<colour>red</colour><title>")),
    ),
    "ead-too-long": (
        "FIELD-TOO-LONG",
        linked(lambda b: b.substitute(EAD, r"<title>.*?</title>", f"<title>{'a' * 1001}</title>")),
    ),
    "ead-paper-code": (
        "FIELD-MISSING",
        linked(lambda b: b.substitute(EAD, r"<paperFileCode>.*?<", "<paperFileCode><")),
    ),
    "ead-secret": ("PACKAGE-SECRET", linked(lambda b: b.replace(EAD, "<mode>01<", "<mode>03<"))),
    "document-secret": (
        "PACKAGE-SECRET",
        linked(lambda b: b.replace(_documents(b), "<mode>01<", "<mode>03<")),
    ),
    "document-count": (
        "DOCUMENT-COUNT",
        linked(lambda b: b.replace(EAD, "<totalDoc>2<", "<totalDoc>3<")),
    ),
    "document-of-another": (
        "DOCUMENT-CODE",
        linked(lambda b: b.substitute(_documents(b), r"<arcFileCode>.*?<", "<arcFileCode>X<")),
    ),
    "document-ordinal-twice": ("DOCUMENT-CODE", linked(_second_ead)),
    "page-count": (
        "PAGE-COUNT",
        linked(lambda b: b.replace(EAD, "<numberOfPage>4<", "<numberOfPage>5<")),
    ),
    # PDF/A
    "pdf-not-pdf": (
        "PDF-UNREADABLE",
        _no_pdf,
    ),
    "pdf-no-intent": ("PDF-OUTPUT-INTENT", lambda b: edit_pdf(b, _no_intent)),
    "pdf-no-xmp": ("PDF-NOT-PDFA", lambda b: edit_pdf(b, _no_xmp)),
    "pdf-script": ("PDF-ACTIVE", lambda b: edit_pdf(b, _script)),
    "pdf-attachment": ("PDF-ATTACHMENT", lambda b: edit_pdf(b, _attachment)),
    "pdf-interpolate": ("PDF-INTERPOLATE", lambda b: edit_pdf(b, _interpolate)),
    "pdf-visible-text": ("PDF-FONT", lambda b: edit_pdf(b, _visible_text)),
    "pdf-blank-page": ("PDF-NO-IMAGE", lambda b: edit_pdf(b, _blank_page)),
    "pdf-extra-page": ("PAGE-COUNT", lambda b: edit_pdf(b, _extra_page)),
}
