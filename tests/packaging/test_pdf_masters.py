"""Deep verification of masters that are PDF files, by a reader that shares no code with intake."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from pikepdf import DependencyError
from pikepdf.jbig2 import JBIG2Decoder, get_decoder, set_decoder
from PIL import Image

from appliance.domain.rules import judge
from appliance.packaging.verify.images import decode_master
from tests.imaging import scanned_pdfs as made

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def pdf(tmp_path: Path) -> bytes:
    """Two pages, a JPEG and a fax."""
    page = Image.effect_noise((300, 400), 40)
    path = made.write_pdf(tmp_path / "0001.pdf", [made.jpeg(page), made.fax(page.convert("1"))])
    return path.read_bytes()


class NoDecoder(JBIG2Decoder):
    """As on a storage host where jbig2dec was never installed."""

    def check_available(self) -> None:
        """Never."""
        raise DependencyError("jbig2dec is not installed")


@pytest.fixture
def no_jbig2() -> Iterator[None]:
    """The library finds no JBIG2 decoder."""
    before = get_decoder()
    set_decoder(NoDecoder())  # type: ignore[no-untyped-call]  # the library leaves it untyped
    yield
    set_decoder(before)


def test_every_page_of_a_pdf_master_is_decoded(pdf: bytes) -> None:
    """A sound PDF has as many frames as pages, and nothing to say."""
    assert decode_master("0001.pdf", io.BytesIO(pdf)) == ((), 2)


def test_damage_inside_a_page_is_found(pdf: bytes) -> None:
    """A JPEG that lost its tail inside an intact PDF is damage."""
    start = pdf.index(b"\xff\xda")
    end = pdf.index(b"endstream", start)
    broken = pdf[: start + 40] + b"\xff" * (end - start - 41) + pdf[end - 1 :]
    findings, frames = decode_master("0001.pdf", io.BytesIO(broken))
    assert ([one.code for one in findings], frames) == (["MASTER-DAMAGED"], 0)


def test_a_cut_pdf_is_damaged(pdf: bytes) -> None:
    """A PDF without its tail is not mended silently."""
    findings, frames = decode_master("0001.pdf", io.BytesIO(pdf[: len(pdf) // 2]))
    assert ([one.code for one in findings], frames) == (["MASTER-DAMAGED"], 0)
    assert "stream <" not in str(findings[0].values["problem"])


@pytest.mark.usefixtures("no_jbig2")
def test_a_missing_decoder_is_no_damage_and_no_pass(corpus: Path) -> None:
    """What was not decoded is said so; the pages still count."""
    path = corpus / "scans" / "ocrmypdf-jbig2.pdf"
    with path.open("rb") as stream:
        findings, frames = decode_master(path.name, stream)
    assert ([one.code for one in findings], frames) == (["MASTER-NOT-DECODED"], 1)
    assert judge(findings, complete=False).value == "not_checked"
