"""Pages that are said to carry their master's own bytes are held to it by a deep check."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pikepdf
import pytest
from PIL import Image

from appliance.domain.identifiers import object_folder
from appliance.packaging.verify import verify_path
from appliance.packaging.write import write_package
from tests.packaging.making import digest_of, make_events, make_facts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.packaging.facts import PackageFacts

REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def _codes(facts: PackageFacts, images: dict[str, int], *, deep: bool = True) -> list[str]:
    """Seal, with what the record of custody says of the pages by recipe, and check."""
    *others, last = facts.events
    events = (*others, replace(last, detail={"images": images, "pages": 4}))
    path = facts.pdfs[0].path
    pdf = replace(facts.pdfs[0], sha256=digest_of(path), size_bytes=path.stat().st_size)
    package = path.with_name(f"{object_folder(facts.objid)}.zip")
    write_package(package, replace(facts, pdfs=(pdf,), events=events))
    (report,) = verify_path(package, deep=deep)
    return [finding.code for finding in report.findings]


def _change_page(
    facts: PackageFacts, number: int, change: Callable[[pikepdf.Stream], None]
) -> None:
    path = facts.pdfs[0].path
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        image = pdf.pages[number - 1].Resources.XObject.Im0
        assert isinstance(image, pikepdf.Stream)
        change(image)
        pdf.save(path, fix_metadata_version=False, compress_streams=False)


def _strip(path: Path) -> bytes:
    """The one strip of the first frame of a TIFF."""
    with Image.open(path) as image:
        tags = image.tag_v2  # type: ignore[attr-defined]  # only TIFF has them
        (offset,), (length,) = tags[273], tags[279]
    return path.read_bytes()[offset : offset + length]


def _as_fax(stream: pikepdf.Stream, data: bytes) -> None:
    del stream.ColorSpace
    size = pikepdf.Dictionary(K=-1, Columns=248, Rows=351)
    stream.ColorSpace, stream.BitsPerComponent = pikepdf.Name.DeviceGray, 1
    stream.write(data, filter=pikepdf.Name.CCITTFaxDecode, decode_parms=size)


@pytest.mark.parametrize(("claimed", "codes"), [(1, []), (2, ["PDF-NOT-MASTER"])])
def test_a_jpeg_is_sought_in_the_masters(claimed: int, codes: list[str], tmp_path: Path) -> None:
    """The fourth page carries its JPEG whole, the second does not, whatever the record says."""
    facts = make_facts(tmp_path, one_pdf=True)
    assert _codes(facts, {"jpeg-unchanged": claimed}) == codes


def test_a_jpeg_encoded_anew_is_noticed(tmp_path: Path) -> None:
    """One byte of difference in a page that was said to be unchanged is told, only when deep."""
    facts = make_facts(tmp_path, one_pdf=True)

    def add_comment(stream: pikepdf.Stream) -> None:
        data = stream.read_raw_bytes()
        stream.write(data[:2] + b"\xff\xfe\0\4hi" + data[2:], filter=pikepdf.Name.DCTDecode)

    _change_page(facts, 4, add_comment)
    told = {"jpeg-unchanged, unusable colour profile left out": 1, "jpeg q85 made from lzw": 3}
    assert _codes(facts, told) == ["PDF-NOT-MASTER"]
    facts.pdfs[0].path.with_name(f"{object_folder(facts.objid)}.zip").unlink()
    assert _codes(facts, told, deep=False) == []


@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_fax_strip_is_sought_in_the_masters(tmp_path: Path, *, is_reversed: bool) -> None:
    """G4 strips are found in the TIFF, also where it counts the bits of a byte the other way."""
    facts = make_facts(tmp_path, one_pdf=True)
    strip = _strip(facts.masters[1].path)
    _change_page(facts, 2, lambda stream: _as_fax(stream, strip))
    if is_reversed:
        facts = _with_reversed_bits(facts, strip)
    assert _codes(facts, {"jpeg-unchanged": 1, "g4-unchanged": 1}) == []
    facts.pdfs[0].path.with_name(f"{object_folder(facts.objid)}.zip").unlink()
    assert _codes(facts, {"jpeg-unchanged": 1, "g4-unchanged": 2}) == ["PDF-NOT-MASTER"]


def _with_reversed_bits(facts: PackageFacts, strip: bytes) -> PackageFacts:
    """The same pages, from a master whose fill order is 2."""
    first, second, third = facts.masters
    path = second.path.with_name("r.tif")
    with Image.open(second.path) as image:
        image.save(path, save_all=True, compression="group4", tiffinfo={266: 2})
    assert strip.translate(REVERSED) in path.read_bytes()
    turned = replace(second, path=path, sha256=digest_of(path), size_bytes=path.stat().st_size)
    masters = (first, turned, third)
    return replace(facts, masters=masters, events=make_events(masters))
