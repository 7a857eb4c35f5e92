"""The other forms of package, pictures, and many documents in many PDFs."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from appliance.domain.errors import RuleError
from appliance.domain.findings import Verdict
from appliance.domain.records import Document, DocumentKind
from appliance.domain.rules import judge
from appliance.packaging.facts import PdfFact
from appliance.packaging.verify import verify_path
from appliance.packaging.write import pdf_name, write_package
from appliance.packaging.write.profile import PROFILES
from tests.packaging.making import (
    FILE_CODE,
    OBJID,
    digest_of,
    document_fields,
    file_unit_fields,
    make_facts,
    page_image,
    write_pdfa,
)

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.packaging.facts import PackageFacts

UUID = OBJID.removeprefix("urn:uuid:")
METS = {"m": "http://www.loc.gov/METS/", "x": "http://www.w3.org/1999/xlink"}
HREF = "{http://www.w3.org/1999/xlink}href"
CSIP = "{https://DILCIS.eu/XML/METS/CSIPExtensionMETS}"


def in_form(facts: PackageFacts, name: str) -> PackageFacts:
    """The same facts as another form says them."""
    return dataclasses.replace(
        facts,
        profile=name,
        objid=f"{PROFILES[name].objid_lead}{UUID}",
        masters=facts.masters if PROFILES[name].has_masters else (),
        source_objid="" if name == "full" else "urn:uuid:00000000-0000-4000-8000-000000000001",
        agreement="DK-2026-17" if name == "sip_hoso" else "",
    )


def picture_fields(ordinal: int) -> dict[str, str]:
    """The fields of one picture."""
    return {
        "arcFileCode": FILE_CODE,
        "docCode": f"{FILE_CODE}.{ordinal:07d}",
        "docOrdinal": str(ordinal),
        "typePic": "02",
        "archivesNumber": f"A.{ordinal}",
        "eventName": "Lễ khánh thành cầu",
        "imageTitle": "Đoàn đại biểu trên cầu mới",
        "photographer": "Nguyễn Văn Cảnh",
        "photoTime": "05/1978",
        "colour": "02",
        "docAttached": "0",
        "mode": "01",
    }


def with_pdfs(facts: PackageFacts, folder: Path, counts: tuple[int, ...]) -> PackageFacts:
    """The facts with PDFs of so many pages each, one after the other."""
    pdfs, first = [], 1
    for number, count in enumerate(counts, start=1):
        path = folder / f"volume-{number}.pdf"
        write_pdfa(path, [page_image(first + index) for index in range(count)])
        name = pdf_name(FILE_CODE, number)
        pdfs.append(PdfFact(path, digest_of(path), path.stat().st_size, name, count, first))
        first += count
    return dataclasses.replace(facts, pdfs=tuple(pdfs))


def with_documents(facts: PackageFacts, *documents: Document, total: int) -> PackageFacts:
    """The facts with these documents, of which the hồ sơ promises ``total``."""
    unit = dataclasses.replace(facts.file_unit, fields=file_unit_fields(4, total))
    return dataclasses.replace(facts, documents=documents, file_unit=unit)


def verified(facts: PackageFacts, path: Path) -> dict[str, bytes]:
    """The members of the package that was written, by path in the AIP; it passes every check."""
    write_package(path, facts)
    (report,) = verify_path(path)
    assert report.findings == ()
    assert judge(report.findings, complete=not report.not_checked) is Verdict.PASS
    top = facts.objid.replace(":", "_")
    lead = f"{top}/data/{top}/"
    with zipfile.ZipFile(path) as archive:
        names = (name for name in archive.namelist() if name.startswith(lead))
        return {name.removeprefix(lead): archive.read(name) for name in names}


def only(root: etree._Element, path: str) -> etree._Element:
    """The one element that a path names."""
    (found,) = root.findall(path, METS)
    return found


def links_of(mets: bytes) -> list[tuple[str, str]]:
    """Pairs of the names of a description and of the content that its division points at."""
    root = etree.fromstring(mets)
    described = {
        one.get("ID"): only(one, "m:mdRef").get(HREF, "").rpartition("/")[2]
        for one in root.iterfind("m:dmdSec", METS)
    }
    content = {
        one.get("ID"): only(one, "m:FLocat").get(HREF, "").rpartition("/")[2]
        for one in root.iterfind(".//m:file", METS)
    }
    return [
        (described[division.get("DMDID")], content[only(division, "m:fptr").get("FILEID")])
        for division in root.iterfind(".//m:div[@LABEL='MetadataLink/File']", METS)
    ]


@pytest.mark.parametrize("name", PROFILES)
def test_each_form_passes_the_reader(name: str, tmp_path: Path) -> None:
    """Every form verifies, deep too, says which kind it is, and carries its own schemas."""
    facts = in_form(make_facts(tmp_path), name)
    path = tmp_path / f"{facts.objid.replace(':', '_')}.zip"
    members = verified(facts, path)
    (report,) = verify_path(path, deep=True)
    assert report.findings == ()
    form = PROFILES[name]
    root = etree.fromstring(members["METS.xml"])
    assert only(root, "m:metsHdr").get(f"{CSIP}OAISPACKAGETYPE") == form.oais_type
    assert root.get("PROFILE") == form.root_profile
    assert ("metadata/preservation/PREMIS.xml" in members) == form.has_preservation
    assert any(path.startswith("representations/rep2/") for path in members) == form.has_masters
    for schema, documents in (("EAD.xsd", "EAD.xml"), ("EAD_doc.xsd", "EAD_doc_")):
        checker = etree.XMLSchema(etree.fromstring(members[f"schemas/{schema}"]))
        described = [path for path in members if path.rpartition("/")[2].startswith(documents)]
        assert described
        for one in described:
            checker.assertValid(etree.fromstring(members[one]))


def test_the_same_facts_give_each_form_the_same_bytes(tmp_path: Path) -> None:
    """A form written twice is the same file: it can be handed over again at any time."""
    facts = make_facts(tmp_path)
    for name in PROFILES:
        for number in (1, 2):
            write_package(tmp_path / f"{name}-{number}.zip", in_form(facts, name))
        first, second = (tmp_path / f"{name}-{number}.zip" for number in (1, 2))
        assert first.read_bytes() == second.read_bytes()


def test_a_sip_says_what_another_system_asks_for(tmp_path: Path) -> None:
    """fileCode, the 21 fields, ORIGINAL, an empty amdSec with its ID, no PREMIS anywhere."""
    facts = in_form(make_facts(tmp_path), "sip_hoso")
    members = verified(facts, tmp_path / "sip.zip")
    unit = etree.fromstring(members["metadata/descriptive/EAD.xml"])
    assert (unit[0].tag, unit[0].text) == ("fileCode", FILE_CODE)
    assert unit.find("arcFileCode") is None
    stem = "representations/rep1/metadata/descriptive/EAD_doc_LTLS.H49.1978_2FUBHC-12"
    first, second = (
        {one.tag: one.text for one in etree.fromstring(members[f"{stem}.000{number}.xml"])}
        for number in (1, 2)
    )
    assert list(first)[:3] == ["docId", "docCode", "maintenance"]
    assert len(first) == 21
    assert (first["maintenance"], first["riskRecovery"]) == ("01", "1")
    assert {len(first["docId"] or ""), len(second["docId"] or "")} == {25}
    assert first["docId"] != second["docId"]
    root = etree.fromstring(members["METS.xml"])
    empty = only(root, "m:amdSec")
    assert (len(empty), empty.get("ID", "")[:5]) == (0, "uuid-")
    assert only(root, "m:structMap/m:div").get("TYPE") == "ORIGINAL"
    names = {one.get("TYPE"): one.text for one in root.iterfind(".//m:altRecordID", METS)}
    assert names == {
        "SUBMISSIONAGREEMENT": "DK-2026-17",
        "SOURCEPACKAGE": "urn:uuid:00000000-0000-4000-8000-000000000001",
    }
    assert not [path for path in members if "PREMIS" in path or "premis" in path]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"maintenance": ""}, "FIELD-MISSING"),
        ({"maintenance": "99"}, "FIELD-NOT-CODE"),
    ],
)
def test_a_sip_lacks_nothing_that_its_own_fields_require(
    change: dict[str, str], code: str, tmp_path: Path
) -> None:
    """What an AIP says of the hồ sơ alone, a SIP must say of each document."""
    facts = in_form(make_facts(tmp_path), "sip_hoso")
    unit = dataclasses.replace(facts.file_unit, fields={**facts.file_unit.fields, **change})
    with pytest.raises(RuleError) as caught:
        write_package(tmp_path / "sip.zip", dataclasses.replace(facts, file_unit=unit))
    wheres = {finding.where for finding in caught.value.findings if finding.code == code}
    assert wheres == {FILE_CODE, f"{FILE_CODE}, 1", f"{FILE_CODE}, 2"}


@pytest.mark.parametrize("name", PROFILES)
def test_pictures_are_described_beside_documents(name: str, tmp_path: Path) -> None:
    """A picture has EAD_pic and its schema; its pages are in the PDF as any others."""
    facts = with_documents(
        make_facts(tmp_path),
        Document(1, 1, 3, document_fields(1, 3)),
        Document(2, 4, 4, picture_fields(2), DocumentKind.PICTURE),
        total=2,
    )
    members = verified(in_form(facts, name), tmp_path / "pictures.zip")
    (path,) = [path for path in members if "/EAD_pic_" in path]
    schema = etree.XMLSchema(etree.fromstring(members["schemas/EAD_pic.xsd"]))
    schema.assertValid(etree.fromstring(members[path]))
    texts = {one.tag: one.text for one in etree.fromstring(members[path])}
    assert texts["imageTitle"] == "Đoàn đại biểu trên cầu mới"
    assert len(texts) == (18 if name == "sip_hoso" else 20)
    assert (path.rpartition("/")[2], "LTLS.H49.1978_2FUBHC-12.0002.pdf") in links_of(
        members["representations/rep1/METS.xml"]
    )


def test_a_picture_with_a_wrong_field_is_named(tmp_path: Path) -> None:
    """The rules of a picture's fields hold, in the writer and in the reader."""
    fields = {**picture_fields(2), "typePic": "07"}
    facts = with_documents(
        make_facts(tmp_path),
        Document(1, 1, 3, document_fields(1, 3)),
        Document(2, 4, 4, fields, DocumentKind.PICTURE),
        total=2,
    )
    with pytest.raises(RuleError) as caught:
        write_package(tmp_path / "bad.zip", facts)
    assert [finding.code for finding in caught.value.findings] == ["FIELD-NOT-CODE"]


def test_documents_and_volumes_are_linked_by_their_pages(tmp_path: Path) -> None:
    """Three documents in two PDFs: each is linked with each PDF that holds a page of it."""
    facts = with_documents(
        make_facts(tmp_path),
        Document(1, 1, 1, document_fields(1, 1)),
        Document(2, 2, 3, document_fields(2, 2)),
        Document(3, 4, 4, document_fields(3, 1)),
        total=3,
    )
    facts = with_pdfs(facts, tmp_path, (2, 2))
    members = verified(facts, tmp_path / "volumes.zip")
    code = "LTLS.H49.1978_2FUBHC-12"
    assert links_of(members["representations/rep1/METS.xml"]) == [
        (f"EAD_doc_{code}.0001.xml", f"{code}.0001.pdf"),
        (f"EAD_doc_{code}.0002.xml", f"{code}.0001.pdf"),
        (f"EAD_doc_{code}.0002.xml", f"{code}.0002.pdf"),
        (f"EAD_doc_{code}.0003.xml", f"{code}.0002.pdf"),
    ]


def test_ordinals_may_stand_in_another_order_than_pages(tmp_path: Path) -> None:
    """The second document lies first in the hồ sơ: names follow ordinals, links follow pages."""
    facts = with_documents(
        make_facts(tmp_path),
        Document(1, 2, 4, document_fields(1, 3)),
        Document(2, 1, 1, document_fields(2, 1)),
        total=2,
    )
    first, second = with_pdfs(facts, tmp_path, (1, 3)).pdfs
    renamed = (
        dataclasses.replace(first, name=second.name),
        dataclasses.replace(second, name=first.name),
    )
    members = verified(dataclasses.replace(facts, pdfs=renamed), tmp_path / "order.zip")
    pairs = links_of(members["representations/rep1/METS.xml"])
    assert all(one[len("EAD_doc_") : -4] == pdf[:-4] for one, pdf in pairs)
    assert len(pairs) == 2


@pytest.mark.parametrize(
    ("ranges", "problem"),
    [
        (((1, 2), (4, 4)), "leave out"),
        (((1, 3), (3, 4)), "claim 5 of 4"),
        (((1, 3), (4, 5)), "claim 5 of 4"),
    ],
)
def test_every_page_is_in_one_document(
    ranges: tuple[tuple[int, int], ...], problem: str, tmp_path: Path
) -> None:
    """Facts whose documents leave out or share pages come from no correct caller."""
    documents = [
        Document(number, first, last, document_fields(number, last - first + 1))
        for number, (first, last) in enumerate(ranges, start=1)
    ]
    facts = with_documents(make_facts(tmp_path), *documents, total=2)
    with pytest.raises(ValueError, match=problem):
        write_package(tmp_path / "bad.zip", facts)


def test_a_form_has_its_own_objid_and_no_masters(tmp_path: Path) -> None:
    """An OBJID of another form, or masters in a form without, come from no correct caller."""
    facts = make_facts(tmp_path)
    for name in ("sip_hoso", "aip_hoso", "dip"):
        with pytest.raises(ValueError, match=r"not an OBJID|has no masters|not a form"):
            write_package(tmp_path / "bad.zip", dataclasses.replace(facts, profile=name))


def test_the_verify_command_takes_every_form(tmp_path: Path) -> None:
    """``appliance verify`` needs no word about the form of what it is given."""
    for name in PROFILES:
        facts = in_form(make_facts(tmp_path), name)
        path = tmp_path / f"{name}.zip"
        write_package(path, facts)
        command = [sys.executable, "-m", "appliance", "verify", "--json", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert [one["verdict"] for one in json.loads(done.stdout)["reports"]] == ["pass"]
