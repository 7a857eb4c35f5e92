"""Signatures in PDFs, read by pyHanko: really signed, really broken."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from appliance.domain.errors import ConfigError
from appliance.domain.signatures import Coverage, SignedPdfFacts, Trust
from appliance.signing.pades import SignaturesUnreadable, SigningTrust, read_signatures
from tests.signing.authority import NOW, Authority, Person, plain_pdf, rsa_key, signed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def authority() -> Authority:
    """One root for all tests."""
    return Authority()


@pytest.fixture(scope="module")
def officer(authority: Authority) -> Person:
    """Who signs."""
    return authority.person()


@pytest.fixture
def base(tmp_path: Path) -> bytes:
    """A PDF without any form."""
    return plain_pdf(tmp_path / "base.pdf")


def read(folder: Path, data: bytes, base: bytes, *roots: bytes) -> SignedPdfFacts:
    """Read a PDF that was made from another."""
    path = folder / "signed.pdf"
    path.write_bytes(data)
    return read_signatures(path, len(base), SigningTrust(roots, NOW))


def updated(data: bytes, key: str, value: generic.PdfObject) -> bytes:
    """Append an update of the document's catalogue."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    writer.root[key] = value
    writer.update_root()
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


@pytest.mark.parametrize(
    ("key_bits", "expected"),
    [
        (0, ("ecdsa", "ec", 256)),
        (2048, ("rsassa_pss", "rsa", 2048)),
        (2048, ("rsassa_pkcs1v15", "rsa", 2048)),
    ],
)
def test_a_signature_is_read(
    tmp_path: Path,
    base: bytes,
    authority: Authority,
    key_bits: int,
    expected: tuple[str, str, int],
) -> None:
    """Signer, algorithm, coverage and trust are as they were made; nothing else changed."""
    person = authority.person(key=rsa_key(key_bits) if key_bits else None)
    data = signed(base, person, authority.root, pss=expected[0] != "rsassa_pkcs1v15")
    facts = read(tmp_path, data, base, authority.pem)
    (one,) = facts.signatures
    assert (one.scheme, one.key_kind, one.key_bits) == expected
    assert "Sở Nội vụ" in one.signer
    assert (one.digest, one.is_intact, one.stamped_at) == ("sha256", True, "")
    assert (one.coverage, one.trust, facts.changes) == (Coverage.WHOLE, Trust.TRUSTED, "")


def test_trust_needs_its_own_root(
    tmp_path: Path, base: bytes, authority: Authority, officer: Person
) -> None:
    """Without roots nothing is said of the signer; another root does not vouch."""
    data = signed(base, officer, authority.root)
    (unchecked,) = read(tmp_path, data, base).signatures
    (foreign,) = read(tmp_path, data, base, Authority("CA khác").pem).signatures
    assert (unchecked.trust, unchecked.is_intact) == (Trust.NOT_CHECKED, True)
    assert (foreign.trust, foreign.is_intact) == (Trust.NOT_TRUSTED, True)
    assert foreign.trust_problem


@pytest.mark.parametrize("days", [30, 299])
def test_an_expired_certificate_is_seen_with_and_without_roots(
    tmp_path: Path, base: bytes, authority: Authority, days: int
) -> None:
    """Its dates are in it: no root is needed to read them."""
    data = signed(base, authority.person(days=days), authority.root)
    for roots in ((), (authority.pem,)):
        (one,) = read(tmp_path, data, base, *roots).signatures
        assert one.trust is Trust.EXPIRED


def test_every_byte_counts(
    tmp_path: Path, base: bytes, authority: Authority, officer: Person
) -> None:
    """A byte of the page or of the update that is another breaks the signature."""
    data = signed(base, officer, authority.root)
    for place in (base.index(b"/Helvetica") + 2, data.rindex(b"ChuKy1")):
        broken = data[:place] + b"x" + data[place + 1 :]
        (one,) = read(tmp_path, broken, base, authority.pem).signatures
        assert not one.is_intact


def test_what_comes_behind_a_signature_is_not_covered(
    tmp_path: Path, base: bytes, authority: Authority, officer: Person
) -> None:
    """An update, or mere bytes, after the signature: it no longer covers the whole file."""
    data = signed(base, officer, authority.root)
    language = updated(data, "/Lang", generic.TextStringObject("fr"))
    for longer in (language, data + b"\n%% more\n"):
        (one,) = read(tmp_path, longer, base, authority.pem).signatures
        assert (one.is_intact, one.coverage) == (True, Coverage.REVISION)
    assert read(tmp_path, language, base, authority.pem).changes


def test_a_second_signature_covers_the_first(
    tmp_path: Path, base: bytes, authority: Authority, officer: Person
) -> None:
    """Both are intact, the last one covers everything, and nothing but signing happened."""
    once = signed(base, officer, authority.root)
    twice = signed(once, authority.person("Trung tâm"), authority.root, field="ChuKy2")
    for start in (base, once):
        facts = read(tmp_path, twice, start, authority.pem)
        assert [one.is_intact for one in facts.signatures] == [True, True]
        assert facts.signatures[1].coverage is Coverage.WHOLE
        assert facts.changes == ""


@pytest.mark.parametrize(
    "entry",
    [
        ("/Lang", generic.TextStringObject("fr")),
        (
            "/AcroForm",
            generic.DictionaryObject(
                {
                    generic.pdf_name("/Fields"): generic.ArrayObject(),
                    generic.pdf_name("/XFA"): generic.ArrayObject(),
                }
            ),
        ),
    ],
)
def test_a_document_changed_before_it_was_signed_is_told(
    tmp_path: Path,
    base: bytes,
    authority: Authority,
    officer: Person,
    entry: tuple[str, generic.PdfObject],
) -> None:
    """The signature is good, but what was signed is not what was given out."""
    changed = updated(base, *entry)
    facts = read(tmp_path, signed(changed, officer, authority.root), base, authority.pem)
    assert facts.signatures[0].is_intact
    assert facts.changes


def test_an_update_that_passes_over_our_pages_is_told(
    tmp_path: Path, base: bytes, authority: Authority, officer: Person
) -> None:
    """Another whole document behind our bytes, with no way back to them, is not ours signed."""
    other = plain_pdf(tmp_path / "other.pdf", "Van ban khac")
    shift = len(base)
    writer = IncrementalPdfFileWriter(io.BytesIO(other))
    writer.update_root()
    output = io.BytesIO()
    writer.write(output)
    data = signed(output.getvalue(), officer, authority.root)
    facts = read(tmp_path, data, data[: min(shift, 300)], authority.pem)
    assert "pass over" in facts.changes


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 nothing", b"\x00" * 5000])
def test_what_is_no_pdf_is_refused(tmp_path: Path, data: bytes) -> None:
    """A reader's fault becomes one error with a stable code."""
    with pytest.raises(SignaturesUnreadable) as caught:
        read(tmp_path, data, b"")
    assert caught.value.code == "SIGNATURES-UNREADABLE"


def test_a_root_that_is_none_is_a_setting_to_mend(tmp_path: Path, base: bytes) -> None:
    """A file that holds no certificate is named as the installer's matter."""
    with pytest.raises(ConfigError, match="trust_roots"):
        read(tmp_path, base, base, b"no certificate")
