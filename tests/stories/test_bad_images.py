"""Every bad image known gets its verdict through the hot folder, and none stops the service.

The verdicts are written down by hand, one for each file of ``../shared/corpus/bad-images``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from sqlmodel import select

from appliance.catalogue.tables import PageRow
from tests.pipeline.making import codes_of
from tests.watchers.making import PATIENCE_SECONDS

if TYPE_CHECKING:
    from appliance.catalogue.tables import MasterRow
    from tests.service.watching import Watching

CORPUS: Final = Path(__file__).parents[3] / "shared" / "corpus" / "bad-images"

PARKED: Final = {
    "derived/bomb-60000x30000-1bit.png": "IMAGE-TOO-LARGE",
    "derived/bomb-60000x60000-g4.tif": "IMAGE-TOO-LARGE",
    "derived/jpg-4KiB-zeroed-mid.jpg": "IMAGE-NOT-DECODABLE",
    "derived/jpg-cut-at-60pct.jpg": "INTAKE-INCOMPLETE",
    "derived/jpg-cut-last-200-bytes.jpg": "INTAKE-INCOMPLETE",
    "derived/png-cut-60pct.png": "INTAKE-INCOMPLETE",
    "derived/png-one-bit-flip.png": "IMAGE-NOT-DECODABLE",
    "derived/tif-g4-64B-zeroed-mid.tif": "IMAGE-NOT-DECODABLE",
    "derived/tif-g4-cut-60pct.tif": "INTAKE-INCOMPLETE",
    "derived/tif-raw-cut-60pct.tif": "INTAKE-INCOMPLETE",
    "derived/tif-tiff_adobe_deflate-512B-zeroed-mid.tif": "IMAGE-NOT-DECODABLE",
    "derived/tif-tiff_adobe_deflate-cut-60pct.tif": "INTAKE-INCOMPLETE",
    "derived/tif-tiff_lzw-512B-zeroed-mid.tif": "IMAGE-NOT-DECODABLE",
    "derived/tif-tiff_lzw-cut-60pct.tif": "INTAKE-INCOMPLETE",
    "derived/zero.jpg": "INTAKE-INCOMPLETE",
    "third-party/T02-02_002_page-tree-kids-links-recursive.pdf": "INTAKE-NOT-IMAGE",
    "third-party/T03_001_no-cross-reference-table.pdf": "INTAKE-NOT-IMAGE",
    "third-party/T04_002_EOF-missing.pdf": "INTAKE-INCOMPLETE",
    "third-party/encryption_openpassword.pdf": "PDF-DROP-ENCRYPTED",
    "third-party/jpylyzer-data_missing_in_last_tilepart.jp2": "IMAGE-NOT-DECODABLE",
    "third-party/jpylyzer-empty.jp2": "INTAKE-INCOMPLETE",
    "third-party/jpylyzer-last_byte_missing.jp2": "INTAKE-INCOMPLETE",
    "third-party/jpylyzer-truncated_at_byte_5000.jp2": "INTAKE-INCOMPLETE",
    "third-party/ocrmypdf-hugemono-35000px-bomb.pdf": "IMAGE-TOO-LARGE",
    "third-party/ocrmypdf-jbig2_baddevicen.pdf": "PDF-DROP-CODING",
    "third-party/paperless-invalid.pdf": "INTAKE-NOT-IMAGE",
    "third-party/pillow-broken_data_stream.png": "INTAKE-INCOMPLETE",
    "third-party/pillow-crash-0da013a13571cc8eb457a39fee8db18f8a3c7127.tif": "IMAGE-NOT-DECODABLE",
    "third-party/pillow-crash-0e16d3bfb83be87356d026d66919deaefca44dac.tif": "INTAKE-INCOMPLETE",
    "third-party/pillow-crash-1185209cf7655b5aed8ae5e77784dfdd18ab59e9.tif": "INTAKE-INCOMPLETE",
    "third-party/pillow-crash-2020-10-test.tif": "INTAKE-INCOMPLETE",
    "third-party/pillow-crash-4f085cc12ece8cde18758d42608bed6a2a2cfb1c.tif": "INTAKE-INCOMPLETE",
    "third-party/pillow-crash-4fb027452e6988530aa5dabee76eecacb3b79f8a.j2k": "IMAGE-NOT-DECODABLE",
    "third-party/pillow-crash-74d2a78403a5a59db1fb0a2b8735ac068a75f6e3.tif": "IMAGE-NOT-DECODABLE",
    "third-party/pillow-crash-7d4c83eb92150fb8f1653a697703ae06ae7c4998.j2k": "IMAGE-NOT-DECODABLE",
    "third-party/pillow-crash-ccca68ff40171fdae983d924e127a721cab2bd50.j2k": "IMAGE-NOT-DECODABLE",
    "third-party/pillow-crash-d2c93af851d3ab9a19e34503626368b2ecde9c03.j2k": "INTAKE-NOT-IMAGE",
    "third-party/pillow-decompression_bomb.gif": "INTAKE-NOT-IMAGE",
    "third-party/pillow-invalid_header_length.jp2": "INTAKE-INCOMPLETE",
    "third-party/pillow-multipage_multiple_frame_loop.tiff": "INTAKE-NOT-IMAGE",
    "third-party/pillow-not_enough_data.jp2": "INTAKE-INCOMPLETE",
    "third-party/pillow-seek_too_large.tif": "INTAKE-INCOMPLETE",
    "third-party/pillow-tiff_overflow_rows_per_strip.tif": "INTAKE-INCOMPLETE",
    "third-party/pillow-tiff_wrong_bits_per_sample_2.tiff": "IMAGE-NOT-DECODABLE",
    "third-party/pillow-tiff_wrong_bits_per_sample_3.tiff": "IMAGE-NOT-DECODABLE",
    "third-party/pillow-truncated_app14.jpg": "INTAKE-NOT-IMAGE",
    "third-party/pillow-truncated_end_chunk.png": "INTAKE-INCOMPLETE",
    "third-party/pillow-truncated_image.png": "INTAKE-INCOMPLETE",
    "third-party/pillow-truncated_jpeg.jpg": "INTAKE-INCOMPLETE",
    "third-party/veraPDFHiResWrongObjectID.pdf": "PDF-DROP-DAMAGED",
}
"""Files that are never a page, and the one rule that says why."""
TAKEN: Final = {
    "derived/jpg-one-bit-flip.jpg": {"IMAGE-LOW-DPI"},
    "derived/jpg-trailing-garbage.jpg": {"IMAGE-LOW-DPI", "IMAGE-TRAILING-BYTES"},
    "derived/png-trailing-garbage.png": {
        "IMAGE-LOW-DPI", "IMAGE-FEW-BITS", "IMAGE-TRAILING-BYTES",
        "QUALITY-SKEWED", "QUALITY-BLACK-BORDER", "QUALITY-CONTENT-CUT",
    },
    "derived/tif-raw-512B-zeroed-mid.tif": {"IMAGE-DPI-UNKNOWN"},
    "third-party/fmtcorpus-old-style-jpeg.tif": set[str](),
    "third-party/jpylyzer-is_jpeg.jp2": {"IMAGE-DPI-UNKNOWN"},
    "third-party/pillow-broken_exif_dpi.jpg": {"IMAGE-DPI-UNKNOWN"},
    "third-party/pillow-exif-dpi-zerodivision.jpg": {"IMAGE-DPI-UNKNOWN"},
    "third-party/pillow-hopper_unknown_pixel_mode.tif": {"IMAGE-DPI-UNKNOWN"},
    "third-party/pillow-invalid-exif-without-x-resolution.jpg": {"IMAGE-DPI-UNKNOWN"},
    "third-party/pillow-issue_2278.tif": {"IMAGE-FEW-BITS"},
    "third-party/pillow-multipage_out_of_order.tiff": {"IMAGE-DPI-UNKNOWN", "IMAGE-FEW-BITS"},
    "third-party/pillow-old-style-jpeg-compression-no-samplesperpixel.tif": {"IMAGE-FEW-BITS"},
    "third-party/pillow-zero_dpi.jp2": {"IMAGE-DPI-UNKNOWN", "QUALITY-CLIPPED"},
}  # fmt: skip
"""Files that hold a whole picture all the same, and every word that is said of each."""
PROVEN: Final = {"derived/png-trailing-garbage.png"}
"""The only ones of them whose format carries sums over its pixels: of all others, two of which
are damaged where no decoder can see it, the page says that this was not checked."""


@pytest.fixture(scope="module")
def bad_images() -> dict[str, Path]:
    """Every file of the folder, by its path in it."""
    if not CORPUS.is_dir():
        pytest.skip("the folder ../shared/corpus of bad images is not here")
    return {f"{path.parent.name}/{path.name}": path for path in sorted(CORPUS.glob("*/*"))}


def test_every_bad_image_gets_its_verdict(watching: Watching, bad_images: dict[str, Path]) -> None:
    """KOST-Val#50: each file dropped beside the others has the state and the rule noted here."""
    assert bad_images.keys() == PARKED.keys() | TAKEN.keys()
    code_of = {name: f"HS-{number:02d}" for number, name in enumerate(bad_images, start=1)}
    watching.bench.register(dict.fromkeys(code_of.values(), 9))
    for name, path in bad_images.items():
        watching.put(f"scan01/{code_of[name]}/0001{path.suffix}", path.read_bytes())
    assert watching.rounds() + watching.round(PATIENCE_SECONDS) == len(bad_images)
    watching.bench.settle(seal=False)
    masters = {master.place.split("/")[1]: master for master in watching.bench.masters()}
    found = {name: masters[code] for name, code in code_of.items()}
    refused = {name: row.cause for name, row in found.items() if row.state == "parked"}
    taken = {name: row for name, row in found.items() if row.state == "inspected"}
    assert refused == PARKED
    assert {name: set(codes_of(row)) for name, row in taken.items()} == TAKEN
    assert {name for name, row in taken.items() if is_proven(watching, row)} == PROVEN
    assert watching.notices() == []


def is_proven(watching: Watching, master: MasterRow) -> bool:
    """Whether every page of a master passed sums over its pixels."""
    with watching.bench.catalogue.read() as session:
        query = select(PageRow.integrity).where(PageRow.master_id == master.id)
        return set(session.exec(query)) == {"pass"}
