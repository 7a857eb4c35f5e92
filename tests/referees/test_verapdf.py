"""The veraPDF engine judges every PDF of every package, and PDFs of every kind of image stream."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Any, Final

import pytest
from PIL import Image, ImageCms, ImageDraw

from appliance.imaging.derivation import DerivationOptions, derive_page
from appliance.imaging.ocr import Word
from appliance.imaging.page_derivative import words_to_bytes
from appliance.imaging.pdf import PdfForm, PdfInfo, PdfPage, write_pdf
from appliance.imaging.pdf_form import PdfaProfile
from appliance.imaging.pdf_profiles import cmyk_profile, srgb_profile
from tests.referees.installed import judge_pdfs

if TYPE_CHECKING:
    from pathlib import Path

    from tests.referees.subjects import Subject


def _newer_profile() -> bytes:
    """Version 4 of the format, which only PDF/A-2 knows."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


FORMS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
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
    "jpeg.tif": ("RGB", {"compression": "jpeg", "tiffinfo": {278: 877}}),
    "profile.jpg": ("RGB", {"icc_profile": srgb_profile()}),
    "profile-cmyk.jpg": ("CMYK", {"icc_profile": cmyk_profile()}),
    "profile.png": ("P", {"icc_profile": srgb_profile()}),
    "newer-profile.jpg": ("RGB", {"icc_profile": _newer_profile()}),
}
SPOILED: Final = {
    "no-intent": (b"/OutputIntents", b"/OutputIntentz"),
    "no-claim": (b"pdfaid:part", b"pdfaid:pars"),
    "no-profile": (b"/DestOutputProfile", b"/DestOutputProfilf"),
}
"""What is taken away to see whether the referee is awake."""


@pytest.fixture(scope="session")
def crafted(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, str]:
    """PDFs of each kind of stream, of all in one, with words and all; their levels."""
    made: dict[Path, str] = {}
    for profile in PdfaProfile:
        folder = tmp_path_factory.mktemp(f"streams-{profile}")
        made |= dict.fromkeys(_write_each(folder, profile), str(profile))
    return made


@pytest.fixture(scope="session")
def verdicts(
    subjects: dict[str, Subject],
    crafted: dict[Path, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, str]:
    """The engine's verdict by path, from one run over everything."""
    levels = {path: one.level for one in subjects.values() for path in one.pdfs}
    wanted = _each_once(levels | crafted)
    spoiled = _spoil(next(iter(crafted)), tmp_path_factory.mktemp("spoiled"))
    arguments: list[str | Path] = []
    for level in ("2b", "1b"):
        arguments += [level, *(path for path, told in wanted.items() if told == level)]
    return judge_pdfs(*arguments, "2b", *spoiled)


def test_every_pdf_of_every_package_is_archival(
    subjects: dict[str, Subject], verdicts: dict[str, str]
) -> None:
    """PDF/A-2b, or 1b where that was chosen, without one failed clause."""
    levels = {path: one.level for one in subjects.values() for path in one.pdfs}
    _assert_pass(levels, verdicts)
    assert set(levels.values()) == {"1b", "2b"}


def test_every_kind_of_stream_is_archival(
    crafted: dict[Path, str], verdicts: dict[str, str]
) -> None:
    """Each form of master gives a PDF/A, alone and all in one, with invisible words."""
    _assert_pass(crafted, verdicts)


def test_verapdf_would_have_noticed(verdicts: dict[str, str]) -> None:
    """Without output intent, claim or profile it is no PDF/A."""
    said = {name: verdicts[path] for name in SPOILED for path in verdicts if name in path}
    assert set(said) == set(SPOILED)
    assert all(verdict.startswith("FAIL [") for verdict in said.values()), said


def _assert_pass(levels: dict[Path, str], verdicts: dict[str, str]) -> None:
    chosen = [str(path) for path in _each_once(levels)]
    said = {path: verdicts[path] for path in chosen if path in verdicts}
    assert {path: one for path, one in said.items() if one != "PASS"} == {}
    assert len(said) > len(FORMS)


def _each_once(levels: dict[Path, str]) -> dict[Path, str]:
    """The first of those with equal bytes: other forms of a package hold its very PDFs."""
    seen: dict[str, Path] = {}
    for path in levels:
        seen.setdefault(hashlib.sha256(path.read_bytes()).hexdigest(), path)
    return {path: levels[path] for path in seen.values()}


def _spoil(path: Path, folder: Path) -> list[Path]:
    found = []
    for name, (old, new) in SPOILED.items():
        data = path.read_bytes()
        assert old in data
        found.append(folder / f"{name}.pdf")
        found[-1].write_bytes(data.replace(old, new))
    return found


def _write_each(folder: Path, profile: PdfaProfile) -> list[Path]:
    info = PdfInfo("Hồ sơ", "PL.01", dt.datetime(2026, 11, 22, tzinfo=dt.UTC), fonds="Phông <Đ>")
    form = PdfForm(profile=profile)
    pages = {name: _page(folder, name, profile) for name in FORMS}
    documents = {f"{name}.pdf": [page] for name, page in pages.items()}
    documents["all.pdf"] = list(pages.values())
    for name, chosen in documents.items():
        write_pdf(folder / name, chosen, info, form=form)
    return [folder / name for name in documents]


def _page(folder: Path, name: str, profile: PdfaProfile) -> PdfPage:
    mode, options = FORMS[name]
    image = Image.new("RGB", (620, 877), "white")
    ImageDraw.Draw(image).rectangle((60, 300, 560, 420), fill=(20, 20, 160))
    image = image.quantize(16) if mode == "P" else image.convert(mode)
    master, words = folder / name, folder / f"{name}.words"
    image.save(master, dpi=(150, 150), **options)
    words.write_bytes(words_to_bytes((Word("Quyết định", 60, 100, 200, 30, 90, 1),)))
    page = derive_page(master, 1, folder, DerivationOptions(reads_text=False, profile=profile))
    image_path = folder / page.image_name if page.image_name else None
    return PdfPage("1", page, master, image_path, words, bookmarks=("Văn bản 1",))
