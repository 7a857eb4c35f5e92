"""Spoiled pictures, SIPs and documents: consistent in digests, wrong in what they say."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from appliance.domain.records import Document, DocumentKind
from appliance.packaging.verify import verify_path
from appliance.packaging.write import write_package
from tests.packaging.bags import Bag
from tests.packaging.making import document_fields, make_facts
from tests.packaging.test_forms import in_form, picture_fields, with_documents

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.packaging.facts import PackageFacts

STEM = "representations/rep1/metadata/descriptive"
PICTURE = f"{STEM}/EAD_pic_LTLS.H49.1978_2FUBHC-12.0002.xml"
TEXT = f"{STEM}/EAD_doc_LTLS.H49.1978_2FUBHC-12.0001.xml"
LOOSE = f"{STEM}/EAD_doc_LTLS.H49.1978_2FUBHC-12.0002.xml"
UNIT = "metadata/descriptive/EAD.xml"
INNER = "representations/rep1/METS.xml"


def with_picture(facts: PackageFacts) -> PackageFacts:
    """Three pages of text and a picture."""
    picture = Document(2, 4, 4, picture_fields(2), DocumentKind.PICTURE)
    return with_documents(facts, Document(1, 1, 3, document_fields(1, 3)), picture, total=2)


def with_loose_page(facts: PackageFacts) -> PackageFacts:
    """One document, and a page that none claims."""
    fields = {**document_fields(2, 1), "subject": "Trang không thuộc văn bản nào (trang 4)"}
    documents = (Document(1, 1, 3, document_fields(1, 3)), Document(2, 4, 4, fields))
    return with_documents(facts, *documents, total=1)


def as_sip(facts: PackageFacts) -> PackageFacts:
    """The same with a picture, for another system."""
    return in_form(with_picture(facts), "sip_hoso")


def codes_of(path: Path) -> set[str]:
    """What the reader says of a package."""
    (report,) = verify_path(path)
    return {finding.code for finding in report.findings}


def unpacked(facts: PackageFacts, folder: Path) -> Bag:
    """The package in a folder; as it is, it passes."""
    path = folder / f"{facts.objid.replace(':', '_')}.zip"
    write_package(path, facts)
    assert codes_of(path) == set()
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder / "open")
    return Bag(folder / "open" / path.stem)


@pytest.mark.parametrize(
    ("make", "name", "change", "code"),
    [
        (with_picture, PICTURE, ("<typePic>02<", "<typePic>07<"), "FIELD-NOT-CODE"),
        (with_picture, PICTURE, ("<typePic>02<", "<typePic>07<"), "XML-SCHEMA"),
        (
            with_picture,
            PICTURE,
            ("<photoTime>05/1978<", "<photoTime>31/02/1978<"),
            "FIELD-NOT-DATE",
        ),
        (with_picture, PICTURE, ("<mode>01<", "<mode>03<"), "PACKAGE-SECRET"),
        (with_picture, PICTURE, ("imageTitle>", "videoTitle>"), "FIELD-UNKNOWN"),
        (with_picture, PICTURE, ("<docOrdinal>2<", "<docOrdinal>1<"), "DOCUMENT-CODE"),
        (with_picture, PICTURE, ("<arcFileCode>LTLS", "<arcFileCode>LTLX"), "DOCUMENT-CODE"),
        (with_picture, UNIT, ("<totalDoc>2<", "<totalDoc>1<"), "DOCUMENT-COUNT"),
        (with_loose_page, UNIT, ("<totalDoc>1<", "<totalDoc>2<"), "DOCUMENT-COUNT"),
        (with_loose_page, LOOSE, ("Trang không thuộc", "Trang khác thuộc"), "DOCUMENT-COUNT"),
        (with_loose_page, LOOSE, ("<numberOfPage>1<", "<numberOfPage>2<"), "PAGE-COUNT"),
        (as_sip, UNIT, ("fileCode>", "arcFileCode>"), "FIELD-UNKNOWN"),
        (as_sip, TEXT, ("<docId>", "<docId>0"), "FIELD-TOO-LONG"),
        (as_sip, TEXT, ("<maintenance>01<", "<maintenance><"), "FIELD-MISSING"),
        (as_sip, TEXT, ("riskRecovery>", "arcFileCode>"), "FIELD-UNKNOWN"),
        (as_sip, "METS.xml", ('OAISPACKAGETYPE="SIP"', 'OAISPACKAGETYPE="AIP"'), "AIP-MISSING"),
        (as_sip, INNER, ('OAISPACKAGETYPE="SIP"', 'OAISPACKAGETYPE="AIP"'), "METS-PROFILE"),
        (as_sip, INNER, ('OAISPACKAGETYPE="SIP"', 'OAISPACKAGETYPE="DIP"'), "METS-PROFILE"),
        (
            with_picture,
            "METS.xml",
            ('OAISPACKAGETYPE="AIP"', 'OAISPACKAGETYPE="SIP"'),
            "METS-PROFILE",
        ),
    ],
)
def test_each_wrong_word_is_named(
    make: Callable[[PackageFacts], PackageFacts],
    name: str,
    change: tuple[str, str],
    code: str,
    tmp_path: Path,
) -> None:
    """With every digest made right again, the rule that is broken is told."""
    bag = unpacked(make(make_facts(tmp_path)), tmp_path)
    old, new = change
    if old.endswith(">"):  # both tags of an element
        bag.path(name).write_text(bag.path(name).read_text("utf-8").replace(old, new), "utf-8")
    else:
        bag.replace(name, old, new)
    bag.relink()
    assert code in codes_of(bag.folder)


@pytest.mark.parametrize(
    ("make", "gone", "code"),
    [
        (with_picture, "schemas/EAD_pic.xsd", "AIP-MISSING"),
        (with_picture, PICTURE, "METS-MISSING"),
        (as_sip, TEXT, "METS-MISSING"),
        (as_sip, "schemas/EAD_doc.xsd", "AIP-MISSING"),
    ],
)
def test_what_is_left_out_is_named(
    make: Callable[[PackageFacts], PackageFacts], gone: str, code: str, tmp_path: Path
) -> None:
    """A description or schema taken out of a bag that is made right again is missed."""
    bag = unpacked(make(make_facts(tmp_path)), tmp_path)
    bag.path(gone).unlink()
    bag.relink()
    assert code in codes_of(bag.folder)


def test_a_recording_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    """The verifier knows no EAD_media: it says that it did not check it."""
    bag = unpacked(with_picture(make_facts(tmp_path)), tmp_path)
    media = PICTURE.replace("EAD_pic_", "EAD_media_")
    bag.path(PICTURE).rename(bag.path(media))
    bag.replace(INNER, "EAD_pic_", "EAD_media_")
    bag.relink()
    (report,) = verify_path(bag.folder)
    assert [name for name in report.not_checked if name.startswith("EAD_media_")]
