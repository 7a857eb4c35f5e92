"""Documents inside a hồ sơ: listed by the register or on the page, sealed as they are listed."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pikepdf
import pytest
from lxml import etree

from appliance.catalogue import register
from appliance.domain.errors import RuleError
from appliance.domain.findings import Verdict
from appliance.domain.records import Document, DocumentKind, FileUnit, PdfPer
from appliance.domain.rules import judge, sentence, todo
from appliance.imaging.pdf_form import PdfForm
from appliance.imaging.pdf_volumes import VolumeLimits
from appliance.packaging.verify import verify_path
from appliance.pipeline import documents
from appliance.pipeline.documents import (
    choose_pdf_per,
    mark_of,
    put_document,
    remove_document,
)
from appliance.pipeline.register import import_workbook
from appliance.pipeline.unit_pdfs import plan_pdfs
from appliance.spreadsheet.workbook import Workbook, WorkbookRow
from tests.pipeline.making import FONDS_ROW, Bench, list_row, unit_row

if TYPE_CHECKING:
    from appliance.catalogue.tables import PackageRow

AGENT = "person:tester"


def text_row(ordinal: int, first: int, last: int, **changes: str) -> WorkbookRow:
    """A row of the sheet of documents."""
    values = {
        "first_page": str(first),
        "last_page": str(last),
        "arcFileCode": "HS-01",
        "mode": "01",
        "language": "01",
        "numberOfPage": str(last - first + 1),
        "docCode": f"HS-01.{ordinal:07d}",
        "docOrdinal": str(ordinal),
        "typeName": "22",
        "issuedDate": "05/03/1983",
        "organName": "UBND tỉnh Thuận Hải",
        "subject": f"Về việc tưới tiêu vụ mùa, công văn {ordinal}",
    }
    return WorkbookRow({**values, **changes}, "Tài liệu", 2 + ordinal)


def picture_row(ordinal: int, page: int, **changes: str) -> WorkbookRow:
    """A row of the sheet of pictures."""
    values = {
        "first_page": str(page),
        "last_page": str(page),
        "arcFileCode": "HS-01",
        "docCode": f"HS-01.{ordinal:07d}",
        "docOrdinal": str(ordinal),
        "typePic": "02",
        "archivesNumber": "A.12",
        "imageTitle": "Đập tràn trước ngày khánh thành",
        "mode": "01",
    }
    return WorkbookRow({**values, **changes}, "Ảnh", 2 + ordinal)


def listing(pages: int, *rows: WorkbookRow, total: int | None = None, **changes: str) -> Workbook:
    """A register of one hồ sơ with these documents and pictures."""
    texts = tuple(row for row in rows if row.sheet == "Tài liệu")
    pictures = tuple(row for row in rows if row.sheet == "Ảnh")
    promised = str(len(rows) if total is None else total)
    return Workbook(
        fonds=(FONDS_ROW,),
        file_units=(unit_row("HS-01", pages, 3, totalDoc=promised, **changes),),
        documents=texts,
        pictures=pictures,
        list_items=(list_row("HS-01"),),
    )


def as_document(row: WorkbookRow, kind: DocumentKind = DocumentKind.TEXT) -> Document:
    """A row as people fill it in on the page, without what follows from others."""
    following = {"first_page", "last_page", "arcFileCode", "docOrdinal", "numberOfPage", "docCode"}
    fields = {name: text for name, text in row.values.items() if name not in following}
    first, last = int(row.values["first_page"]), int(row.values["last_page"])
    return Document(int(row.values["docOrdinal"]), first, last, fields, kind)


def scanned(bench: Bench, workbook: Workbook, pages: int, *, seal: bool = True) -> None:
    """Register, approve, drop and settle one hồ sơ."""
    bench.with_places()
    import_workbook(bench.catalogue, workbook)
    bench.approve()
    bench.drop_pages("HS-01", pages)
    bench.settle(seal=seal)


def content(bench: Bench, package: PackageRow) -> dict[str, bytes]:
    """The members of ``rep1`` of a package that passes, by name."""
    path = bench.package_path(package)
    (report,) = verify_path(path, deep=True)
    assert judge(report.findings, complete=not report.not_checked) is Verdict.PASS
    with zipfile.ZipFile(path) as archive:
        inside = (name for name in archive.namelist() if "/representations/rep1/" in name)
        return {name.rpartition("/")[2]: archive.read(name) for name in inside}


def texts_of(data: bytes) -> dict[str, str | None]:
    """The fields of a description."""
    return {str(one.tag): one.text for one in etree.fromstring(data)}


def refused(bench: Bench, workbook: Workbook) -> list[tuple[str, str]]:
    """Codes and places of an import that must be refused."""
    with pytest.raises(RuleError) as caught:
        import_workbook(bench.catalogue, workbook)
    assert all(sentence(finding) and todo(finding) for finding in caught.value.findings)
    return [(finding.code, finding.where) for finding in caught.value.findings]


@pytest.mark.parametrize(
    ("workbook", "expected"),
    [
        (listing(4, text_row(1, 3, 2)), [("DOCUMENT-RANGE", "Tài liệu!3")]),
        (listing(4, text_row(1, 0, 2)), [("DOCUMENT-RANGE", "Tài liệu!3")]),
        (listing(4, text_row(1, 1, 5)), [("DOCUMENT-RANGE", "Tài liệu!3")]),
        (
            listing(4, text_row(1, 1, 2), text_row(2, 2, 3)),
            [("DOCUMENT-OVERLAP", "Tài liệu!4")],
        ),
        (
            listing(4, text_row(1, 1, 4), text_row(2, 2, 2), text_row(3, 3, 3)),
            [("DOCUMENT-OVERLAP", "Tài liệu!4"), ("DOCUMENT-OVERLAP", "Tài liệu!5")],
        ),
        (listing(4, text_row(1, 1, 3), picture_row(2, 3)), [("DOCUMENT-OVERLAP", "Ảnh!4")]),
        (
            listing(4, text_row(1, 1, 3), picture_row(1, 4)),
            [("DOCUMENT-TWICE", "Tài liệu!3, Ảnh!3")],
        ),
        (listing(4, text_row(1, 1, 2, numberOfPage="3")), [("DOCUMENT-PAGES", "Tài liệu!3")]),
        (listing(4, text_row(1, 1, 2), total=2), [("DOCUMENT-TOTAL", "Hồ sơ!3")]),
        (listing(4, text_row(1, 1, 2, kind="sound")), [("DOCUMENT-KIND", "Tài liệu!3")]),
        (listing(4, text_row(1, 1, 2, kind="picture")), [("DOCUMENT-KIND", "Tài liệu!3")]),
        (listing(4, picture_row(1, 1, typePic="9")), [("FIELD-NOT-CODE", "Ảnh!3")]),
        (listing(4, picture_row(1, 1, mode="03")), [("REGISTER-SECRET", "Ảnh!3")]),
        (listing(4, pdf_per="trang"), [("FIELD-NOT-CODE", "Hồ sơ!3")]),
    ],
)
def test_the_register_keeps_documents_apart(
    bench: Bench, workbook: Workbook, expected: list[tuple[str, str]]
) -> None:
    """Ranges outside the hồ sơ, shared pages, wrong counts and kinds refuse the import."""
    found = refused(bench, workbook)
    assert [pair for pair in found if pair[0] != "DOCUMENT-TOTAL" or pair in expected] == expected


def test_each_document_is_a_pdf_of_its_own(bench: Bench) -> None:
    """Two texts and a picture with a page between them that nobody claims: four PDFs, all told."""
    rows = (text_row(1, 1, 2), text_row(2, 4, 4), picture_row(3, 5))
    scanned(bench, listing(5, *rows, pdf_per="document"), 5)
    (package,) = bench.packages()
    members = content(bench, package)
    assert sorted(name for name in members if name.endswith(".pdf")) == [
        f"HS-01.000{ordinal}.pdf" for ordinal in (1, 2, 3, 4)
    ]
    loose = texts_of(members["EAD_doc_HS-01.0004.xml"])
    assert loose["subject"] == "Trang không thuộc văn bản nào (trang 3)"
    assert loose["numberOfPage"] == "1"
    picture = texts_of(members["EAD_pic_HS-01.0003.xml"])
    assert picture["imageTitle"] == "Đập tràn trước ngày khánh thành"


def test_one_pdf_holds_all_documents_unless_told(bench: Bench) -> None:
    """The box's choice is one PDF for the whole; every document is described and linked to it."""
    scanned(bench, listing(4, text_row(1, 1, 2), text_row(2, 3, 3)), 4)
    (package,) = bench.packages()
    members = content(bench, package)
    assert [name for name in members if name.endswith(".pdf")] == ["HS-01.pdf"]
    assert "EAD_doc_HS-01.0003.xml" in members


def test_the_box_may_be_set_to_a_pdf_for_each(bench: Bench) -> None:
    """Where the hồ sơ does not say, the box's setting decides."""
    scanned(bench, listing(3, text_row(1, 1, 2), text_row(2, 3, 3)), 3, seal=False)
    stage = replace(bench.seal_stage(), pdf_per=PdfPer.DOCUMENT)
    assert stage.run_once("seal:1") == 1
    (package,) = bench.packages()
    assert {"HS-01.0001.pdf", "HS-01.0002.pdf"} <= content(bench, package).keys()


def test_a_unit_without_a_list_is_described_as_a_whole(bench: Bench) -> None:
    """The register promises twelve documents and lists none: one description stands for all."""
    scanned(bench, listing(2, total=12), 2)
    (package,) = bench.packages()
    (name,) = [name for name in content(bench, package) if name.startswith("EAD_doc")]
    assert name == "EAD_doc_HS-01.0001.xml"


def test_a_list_that_no_longer_fits_is_told_before_the_seal(bench: Bench) -> None:
    """Fewer documents than promised hold the seal up, visibly, and it goes on when mended."""
    scanned(bench, listing(3, total=2), 3, seal=False)
    with bench.catalogue.write() as writing:
        unit = register.file_unit_row(writing.session, "HS-01")
        assert unit is not None
        put_document(writing, unit, as_document(text_row(1, 1, 2)), None, AGENT)
    bench.settle()
    assert [finding.code for finding in bench.unit_findings("HS-01")] == ["DOCUMENT-TOTAL"]
    with bench.catalogue.write() as writing:
        unit = register.file_unit_row(writing.session, "HS-01")
        assert unit is not None
        put_document(writing, unit, as_document(text_row(2, 3, 3)), None, AGENT)
    bench.settle()
    assert bench.unit("HS-01").state == "sealed"


def test_documents_are_added_changed_and_removed(bench: Bench) -> None:
    """Each change is in the list, fills in what follows, and is a custody event of its person."""
    import_workbook(bench.catalogue, listing(4, total=1))
    with bench.catalogue.write() as writing:
        unit = register.file_unit_row(writing.session, "HS-01")
        assert unit is not None
        put_document(writing, unit, as_document(text_row(1, 1, 2)), None, AGENT)
        (first,) = register.documents_of(writing.session, unit.id or 0)
        longer = replace(as_document(text_row(1, 1, 3)), ordinal=7)
        put_document(writing, unit, longer, (1, mark_of(first)), AGENT)
        (second,) = register.documents_of(writing.session, unit.id or 0)
        assert (second.ordinal, second.last_page) == (7, 3)
        assert second.fields["numberOfPage"] == "3"
        assert second.fields["docCode"] == "HS-01.0000007"
        assert second.fields["arcFileCode"] == "HS-01"
        remove_document(writing, unit, (7, mark_of(second)), AGENT)
        assert register.documents_of(writing.session, unit.id or 0) == ()
    changes = [event["change"] for event in bench.events("registration") if "change" in event]
    assert changes == [documents.ADDED, documents.CHANGED, documents.REMOVED]
    assert bench.unit("HS-01").state == "registered"


@pytest.mark.parametrize("state", ["derived", "minted"])
def test_a_change_takes_a_unit_back_on_its_way(bench: Bench, state: str) -> None:
    """What was minted is void, the states are gone through anew, and no page is derived again."""
    scanned(bench, listing(2, text_row(1, 1, 1), total=1), 2, seal=False)
    if state == "minted":
        bench.seal_stage()._record(bench.unit("HS-01"))
    minted = bench.unit("HS-01").objid
    with bench.catalogue.write() as writing:
        unit = register.file_unit_row(writing.session, "HS-01")
        assert unit is not None
        choose_pdf_per(writing, unit, PdfPer.DOCUMENT, AGENT)
    changed = bench.unit("HS-01")
    assert (changed.state, changed.objid, changed.pdf_per) == ("scanning", None, "document")
    with bench.catalogue.read() as session:
        statement = "SELECT count(*) FROM page WHERE is_derived = 1"
        assert session.connection().exec_driver_sql(statement).scalar_one() == 2
    bench.settle()
    (package,) = bench.packages()
    assert package.objid != minted
    assert "HS-01.0002.pdf" in content(bench, package)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (text_row(1, 2, 5), "DOCUMENT-RANGE"),
        (text_row(1, 1, 2), "DOCUMENT-OVERLAP"),
        (text_row(9, 3, 3), "DOCUMENT-TWICE"),
        (text_row(1, 3, 3, mode="03"), "REGISTER-SECRET"),
        (text_row(1, 3, 3, subject=""), "FIELD-MISSING"),
        (text_row(1, 3, 3, typeName="99"), "FIELD-NOT-CODE"),
    ],
)
def test_what_the_register_would_refuse_the_page_refuses(
    bench: Bench, row: WorkbookRow, code: str
) -> None:
    """The same rules hold on the page; nothing is changed and no event is written."""
    import_workbook(bench.catalogue, listing(4, text_row(9, 2, 2)))
    events = len(bench.events("registration"))
    with bench.catalogue.write() as writing:
        unit = register.file_unit_row(writing.session, "HS-01")
        assert unit is not None
        with pytest.raises(RuleError) as caught:
            put_document(writing, unit, as_document(row), None, AGENT)
        assert [finding.code for finding in caught.value.findings] == [code]
        assert len(register.documents_of(writing.session, unit.id or 0)) == 1
    assert len(bench.events("registration")) == events


def test_a_stale_form_changes_nothing(bench: Bench) -> None:
    """A document that somebody else changed, or that is gone, is not overwritten."""
    import_workbook(bench.catalogue, listing(4, text_row(1, 1, 2)))
    with bench.catalogue.write() as writing:
        unit = register.file_unit_row(writing.session, "HS-01")
        assert unit is not None
        for seen in ((1, "0" * 16), (2, "0" * 16)):
            with pytest.raises(RuleError) as caught:
                put_document(writing, unit, as_document(text_row(1, 1, 1)), seen, AGENT)
            assert caught.value.findings[0].code == "DOCUMENT-GONE"
            with pytest.raises(RuleError):
                remove_document(writing, unit, seen, AGENT)


def test_a_sealed_list_stays(bench: Bench) -> None:
    """After the seal neither the page nor another register changes the list."""
    workbook = listing(2, text_row(1, 1, 2))
    scanned(bench, workbook, 2)
    with bench.catalogue.write() as writing:
        unit = register.file_unit_row(writing.session, "HS-01")
        assert unit is not None
        with pytest.raises(RuleError) as caught:
            put_document(writing, unit, as_document(text_row(2, 2, 2)), None, AGENT)
    assert caught.value.findings[0].code == "DOCUMENT-SEALED"
    changed = listing(2, text_row(1, 1, 1), total=1)
    again = replace(changed, list_items=())
    assert ("REGISTER-SEALED", "Hồ sơ!3") in refused(bench, again)
    same = replace(workbook, list_items=())
    assert import_workbook(bench.catalogue, same).file_units == 1


def test_a_register_without_a_list_keeps_what_the_page_set(bench: Bench) -> None:
    """Importing the hồ sơ again with no documents, and no choice of PDFs, leaves both alone."""
    import_workbook(bench.catalogue, listing(2, text_row(1, 1, 2), pdf_per="document"))
    import_workbook(bench.catalogue, replace(listing(2, total=1), list_items=()))
    unit = bench.unit("HS-01")
    with bench.catalogue.read() as session:
        (document,) = register.documents_of(session, unit.id or 0)
    assert (document.last_page, unit.pdf_per) == (2, "document")


def test_pictures_come_back_as_pictures(bench: Bench) -> None:
    """The catalogue remembers what a document is, and with which fields."""
    import_workbook(bench.catalogue, listing(2, text_row(1, 1, 1), picture_row(2, 2)))
    with bench.catalogue.read() as session:
        unit_id = bench.unit("HS-01").id or 0
        kinds = [
            (one.kind, one.fields.get("imageTitle"))
            for one in register.documents_of(session, unit_id)
        ]
    assert kinds == [
        (DocumentKind.TEXT, None),
        (DocumentKind.PICTURE, "Đập tràn trước ngày khánh thành"),
    ]


def test_volumes_of_documents_hold_every_page_once() -> None:
    """A document that is too long for one PDF goes into volumes, the others stay whole."""
    documents = (
        Document(1, 1, 5, {"subject": "Báo cáo", "docCode": "HS-01.0000001"}),
        Document(2, 6, 6, {"imageTitle": "Cầu mới"}, DocumentKind.PICTURE),
    )
    unit, sizes = FileUnit("HS-01", "TH", fields={"title": "Tập công văn"}), [1000] * 6
    limits = VolumeLimits(max_pages=2)
    plan = plan_pdfs(unit, documents, sizes, PdfPer.DOCUMENT, limits)
    assert [(one.name, one.pages.first, one.pages.last) for one in plan] == [
        ("HS-01.0001.tap-001.pdf", 1, 2),
        ("HS-01.0001.tap-002.pdf", 3, 4),
        ("HS-01.0001.tap-003.pdf", 5, 5),
        ("HS-01.0002.pdf", 6, 6),
    ]
    assert [one.title for one in plan][::3] == ["Báo cáo (tập 1/3)", "Cầu mới"]
    whole = plan_pdfs(unit, documents, sizes, PdfPer.FILE_UNIT, limits)
    assert [one.name for one in whole] == [f"HS-01.tap-00{number}.pdf" for number in (1, 2, 3)]
    assert {one.identifier for one in whole} == {"HS-01"}


def test_a_long_unit_is_sealed_in_volumes(bench: Bench) -> None:
    """Volumes hold the pages in order, carry bookmarks, and each is linked with its documents."""
    scanned(bench, listing(5, text_row(1, 1, 3), text_row(2, 4, 5)), 5, seal=False)
    form = PdfForm(volumes=VolumeLimits(max_pages=2))
    stage = replace(bench.seal_stage(), form=form)
    assert stage.run_once("seal:1") == 1
    (package,) = bench.packages()
    members = content(bench, package)
    counts, marks = [], []
    for number in (1, 2, 3):
        with pikepdf.open(io.BytesIO(members[f"HS-01.tap-00{number}.pdf"])) as pdf:
            counts.append(len(pdf.pages))
            with pdf.open_outline() as outline:
                marks.append([item.title for item in outline.root])
    assert counts == [2, 2, 1]
    subject = "Về việc tưới tiêu vụ mùa, công văn"
    assert marks == [[f"{subject} 1"], [f"{subject} 2"], []]
