"""PDFs that come back signed: the good ones are kept bit for bit in the next version."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from appliance.domain.findings import Verdict
from appliance.domain.records import PdfPer
from appliance.domain.rules import judge, sentence
from appliance.imaging.pdf_signature import FIELD_NAME
from appliance.packaging.verify import verify_path
from appliance.pipeline import corrections, documents, signed_pdfs
from appliance.pipeline.register import import_workbook
from appliance.pipeline.signed_pdfs import SignedOutcome, SignedPdfStage
from appliance.spreadsheet.workbook import Workbook
from tests.pipeline.making import FONDS_ROW, unit_row
from tests.signing.authority import Authority, Person, rsa_key, signed
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.catalogue.tables import PackageRow
    from tests.pipeline.making import Bench

CODE = "HS-01"
NAME = "HS-01.pdf"
AGENT = "person:tester"


@pytest.fixture(scope="module")
def authority() -> Authority:
    """The agency's authority."""
    return Authority()


@pytest.fixture(scope="module")
def officer(authority: Authority) -> Person:
    """Who signs for the agency."""
    return authority.person()


def pdf_in(bench: Bench, package: PackageRow) -> bytes:
    """The one PDF of a package."""
    with zipfile.ZipFile(bench.package_path(package)) as archive:
        (found,) = [one for one in archive.namelist() if one.endswith(f"/rep1/data/{NAME}")]
        return archive.read(found)


def take(bench: Bench, data: bytes, *roots: bytes, name: str = NAME) -> SignedOutcome:
    """Hand a PDF in."""
    path = bench.folder / name
    path.write_bytes(data)
    trusted = [bench.folder / f"root-{number}.pem" for number in range(len(roots))]
    for place, root in zip(trusted, roots, strict=True):
        place.write_bytes(root)
    stage = SignedPdfStage(bench.catalogue, bench.store, bench.executor, bench.work, tuple(trusted))
    (outcome,) = stage.take([path], AGENT)
    return outcome


def codes(outcome: SignedOutcome) -> list[str]:
    """What was found, each in words that name what it is about."""
    assert all(sentence(finding) for finding in outcome.findings)
    return [finding.code for finding in outcome.findings]


def test_a_signed_pdf_is_sealed_bit_for_bit(
    bench: Bench, authority: Authority, officer: Person
) -> None:
    """The second version holds the very bytes that came back, passes, and says who signed."""
    (first,) = bench.sealed({CODE: 2})
    data = signed(pdf_in(bench, first), officer, authority.root)
    outcome = take(bench, data, authority.pem)
    assert (outcome.file_code, outcome.version) == (CODE, 2)
    assert codes(outcome) == ["SIGNED-BY", "SIGNED-TIME-CLAIMED"]
    bench.settle()
    _first, second = bench.packages()
    assert pdf_in(bench, second) == data
    (report,) = verify_path(bench.package_path(second), deep=True)
    assert [finding.code for finding in report.findings] == []
    assert judge(report.findings, complete=not report.not_checked) is Verdict.PASS
    (event,) = bench.events("digital signature validation")
    assert "Sở Nội vụ" in json.dumps(event, ensure_ascii=False)
    with zipfile.ZipFile(bench.package_path(second)) as archive:
        names = sorted(archive.namelist(), key=len)
        root = archive.read(next(name for name in names if name.endswith("/METS.xml"))).decode()
        premis = archive.read(next(one for one in names if one.endswith("/PREMIS.xml"))).decode()
    assert 'RECORDSTATUS="REPLACEMENT"' in root
    assert "digital signature validation" in premis


def test_a_signature_shown_as_a_picture_is_taken(
    bench: Bench, authority: Authority, officer: Person
) -> None:
    """The place that our PDF reserves shows it, and the file is PDF/A as before."""
    (first,) = bench.sealed({CODE: 1})
    data = signed(pdf_in(bench, first), officer, authority.root, field=FIELD_NAME, is_shown=True)
    assert take(bench, data, authority.pem).version == 2
    bench.settle()
    assert pdf_in(bench, bench.packages()[1]) == data


def test_without_roots_the_signer_is_not_checked(
    bench: Bench, authority: Authority, officer: Person
) -> None:
    """It is taken, and nobody is told that the signer is known."""
    (first,) = bench.sealed({CODE: 2})
    outcome = take(bench, signed(pdf_in(bench, first), officer, authority.root))
    assert outcome.version == 2
    assert "SIGNED-TRUST-NOT-CHECKED" in codes(outcome)


def test_who_signs_next_signs_what_was_signed(
    bench: Bench, authority: Authority, officer: Person
) -> None:
    """A second signature goes on top of the first, before the seal or after it; never beside it."""
    (first,) = bench.sealed({CODE: 2})
    base = pdf_in(bench, first)
    once = signed(base, officer, authority.root)
    twice = signed(once, authority.person("Trung tâm"), authority.root, field="ChuKy2")
    beside = signed(base, authority.person("Trung tâm"), authority.root, field="ChuKy2")
    assert take(bench, once, authority.pem).version == 2
    assert codes(take(bench, beside, authority.pem)) == ["SIGNED-OLDER-VERSION"]
    assert codes(take(bench, once, authority.pem)) == ["SIGNED-ALREADY"]
    bench.settle()
    assert codes(take(bench, beside, authority.pem)) == ["SIGNED-OLDER-VERSION"]
    assert take(bench, twice, authority.pem).version == 3
    bench.settle()
    assert pdf_in(bench, bench.packages()[2]) == twice


def with_language(data: bytes) -> bytes:
    """Append an update that changes the document itself."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    writer.root["/Lang"] = generic.TextStringObject("fr")
    writer.update_root()
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def flipped(data: bytes) -> bytes:
    """Change one digit of the file's own id, which every reader passes over."""
    place = data.rindex(b">", 0, data.rindex(b"/Prev")) - 1
    other = b"1" if data[place : place + 1] == b"0" else b"0"
    return data[:place] + other + data[place + 1 :]


BAD: dict[str, tuple[Callable[[bytes, Authority], bytes], str]] = {
    "one byte changed": (
        lambda base, ca: flipped(signed(base, ca.person(), ca.root)),
        "SIGNED-BROKEN",
    ),
    "appended behind": (
        lambda base, ca: with_language(signed(base, ca.person(), ca.root)),
        "SIGNED-NOT-WHOLE",
    ),
    "changed, then signed": (
        lambda base, ca: signed(with_language(base), ca.person(), ca.root),
        "SIGNED-CONTENT-CHANGED",
    ),
    "expired": (
        lambda base, ca: signed(base, ca.person(days=30), ca.root),
        "SIGNED-CERTIFICATE-EXPIRED",
    ),
    "short key": (
        lambda base, ca: signed(base, ca.person(key=rsa_key(1024)), ca.root),
        "SIGNED-ALGORITHM-WEAK",
    ),
    "SHA-1": (
        lambda base, ca: signed(base, ca.person(), ca.root, digest="sha1"),
        "SIGNED-ALGORITHM-WEAK",
    ),
    "nobody we know": (
        lambda base, _ca: signed(base, Authority("Ai đó").person(), Authority("Ai đó").root),
        "SIGNED-NOT-TRUSTED",
    ),
    "a font from outside": (
        lambda base, ca: signed(base, ca.person(), ca.root, field=FIELD_NAME),
        "SIGNED-NOT-ARCHIVAL",
    ),
    "unsigned": (lambda base, _ca: base, "SIGNED-ALREADY"),
    "updated, unsigned": (lambda base, _ca: with_language(base), "SIGNED-NO-SIGNATURE"),
    "garbage behind": (lambda base, _ca: base + b"x" * 5000, "SIGNED-UNREADABLE"),
    "another PDF": (lambda base, _ca: b"%PDF-1.7\n" + base, "SIGNED-OTHER-PDF"),
    "cut short": (lambda base, _ca: base[:-100], "SIGNED-OTHER-PDF"),
}


def test_what_is_not_good_is_refused(bench: Bench, authority: Authority) -> None:
    """Each fault is named, nothing is recorded, and the hồ sơ stays sealed as it is."""
    (first,) = bench.sealed({CODE: 2})
    base = pdf_in(bench, first)
    for what, (make, expected) in BAD.items():
        outcome = take(bench, make(base, authority), authority.pem)
        assert outcome.version == 0, what
        assert expected in codes(outcome), what
    assert bench.unit(CODE).state == "sealed"
    assert bench.events("modification") == []


def test_a_name_that_is_nobodys_is_refused(bench: Bench) -> None:
    """Files are told by the names they were given out under."""
    (first,) = bench.sealed({CODE: 1})
    data = pdf_in(bench, first)
    for name in ("HS-99.pdf", "HS-01.0007.pdf", "HS-01.txt", ".pdf"):
        assert codes(take(bench, data, name=name)) == ["SIGNED-UNKNOWN-NAME"]


@pytest.mark.parametrize("name", ["HS-01.signed.pdf", "HS-01_signed.PDF", "HS-01 đã ký.pdf"])
def test_what_signing_programs_add_to_the_name_is_understood(
    bench: Bench, authority: Authority, officer: Person, name: str
) -> None:
    """The bytes decide; the name only leads to the hồ sơ."""
    (first,) = bench.sealed({CODE: 1})
    data = signed(pdf_in(bench, first), officer, authority.root)
    assert take(bench, data, authority.pem, name=name).version == 2


def test_a_rescan_ends_a_signature(bench: Bench, authority: Authority, officer: Person) -> None:
    """The signed PDF is not used for other pages, and none is taken while pages change."""
    (first,) = bench.sealed({CODE: 2})
    data = signed(pdf_in(bench, first), officer, authority.root)
    take(bench, data, authority.pem)
    bench.settle()
    with bench.catalogue.write() as writing:
        corrections.start(writing, CODE, "Trang 2 bị mờ", AGENT)
    bench.drop(CODE, "0002.png", page_bytes(60))
    again = signed(data, officer, authority.root, field="ChuKy2")
    assert codes(take(bench, again, authority.pem))[-1] == "SIGNED-UNDER-CORRECTION"
    with bench.catalogue.write() as writing:
        corrections.finish(writing, CODE, AGENT)
    bench.settle()
    third = pdf_in(bench, bench.packages()[2])
    assert b"/ByteRange" not in third
    assert codes(take(bench, again, authority.pem)) == ["SIGNED-OLDER-VERSION"]


def test_no_signature_is_taken_for_a_pdf_that_may_not_be_made_again(
    bench: Bench, authority: Authority, officer: Person
) -> None:
    """While a correction splits the hồ sơ into other PDFs, none is promised to a version."""
    (first,) = bench.sealed({CODE: 2})
    data = signed(pdf_in(bench, first), officer, authority.root)
    with bench.catalogue.write() as writing:
        corrections.start(writing, CODE, "Tách theo văn bản", AGENT)
    with bench.catalogue.write() as writing:
        documents.choose_pdf_per(writing, bench.unit(CODE), PdfPer.DOCUMENT, AGENT)
    outcome = take(bench, data, authority.pem)
    assert (outcome.version, codes(outcome)[-1]) == (0, "SIGNED-UNDER-CORRECTION")


def test_a_fault_of_the_reader_stays_with_its_pdf(
    bench: Bench, authority: Authority, officer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever strangers' bytes make a reader raise, the PDF is refused and nothing else stops."""
    (first,) = bench.sealed({CODE: 1})
    data = signed(pdf_in(bench, first), officer, authority.root)
    monkeypatch.setattr(signed_pdfs, "look_at_signed", divmod)  # five values are too many for it
    outcome = take(bench, data, authority.pem)
    assert (outcome.version, codes(outcome)) == (0, ["SIGNED-UNREADABLE"])


def test_a_change_of_words_keeps_the_signature(
    bench: Bench, authority: Authority, officer: Person
) -> None:
    """The description is no part of what was signed."""
    (first,) = bench.sealed({CODE: 2})
    data = signed(pdf_in(bench, first), officer, authority.root)
    take(bench, data, authority.pem)
    bench.settle()
    with bench.catalogue.write() as writing:
        corrections.start(writing, CODE, "Sửa tiêu đề hồ sơ", AGENT)
    row = unit_row(CODE, 2, 3, title="Tiêu đề đã sửa")
    import_workbook(bench.catalogue, Workbook(fonds=(FONDS_ROW,), file_units=(row,)))
    with bench.catalogue.write() as writing:
        corrections.finish(writing, CODE, AGENT)
    bench.settle()
    assert pdf_in(bench, bench.packages()[2]) == data


def test_a_package_that_is_gone_is_said(bench: Bench) -> None:
    """Without the package there is nothing to compare with: a technician is asked for."""
    (first,) = bench.sealed({CODE: 1})
    data = pdf_in(bench, first)
    bench.package_path(first).unlink()
    assert codes(take(bench, data + b"x")) == ["SIGNED-PACKAGE-UNREADABLE"]


def test_a_crash_before_the_record_takes_nothing_in(
    bench: Bench, authority: Authority, officer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes before their row: what a crash leaves is part of nothing, and a second try works."""
    (first,) = bench.sealed({CODE: 1})
    data = signed(pdf_in(bench, first), officer, authority.root)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(signed_pdfs, "_add", crash)
        with pytest.raises(KeyboardInterrupt):
            take(bench, data, authority.pem)
    assert (bench.unit(CODE).state, bench.events("modification")) == ("sealed", [])
    assert take(bench, data, authority.pem).version == 2
    bench.settle()
    assert pdf_in(bench, bench.packages()[1]) == data
