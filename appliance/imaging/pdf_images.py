"""The image objects of a PDF: streams copied from masters and derivatives, and what they mean."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Final

import xxhash

from appliance.domain.errors import IntegrityError, RuleError
from appliance.domain.findings import Finding
from appliance.imaging.page_derivative import DERIVATIVE
from appliance.imaging.pdf_profiles import cmyk_profile
from appliance.imaging.streams import stream_bytes
from appliance.imaging.windows import descriptor_window, open_descriptor

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.imaging.page_derivative import ColourProfile, ImagePart
    from appliance.imaging.pdf_file import PdfFile
    from appliance.imaging.pdf_form import PdfaProfile
    from appliance.imaging.pdf_output import PdfOutput
    from appliance.imaging.pdf_page import PdfPage

_DEVICE_SPACES: Final = {"gray": "/DeviceGray", "rgb": "/DeviceRGB"}
_CHANNELS: Final = {"gray": 1, "rgb": 3, "cmyk": 4, "palette": 1}
_PALETTE_ENTRY_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class _Source:
    """An open master or derivative."""

    path: Path
    descriptor: int


class ImageObjects:
    """Writes the image objects of one document, and each colour profile once.

    Args:
        file: Of the document.
        profile: Its archival form.
    """

    def __init__(self, file: PdfFile, profile: PdfaProfile) -> None:
        self._file = file
        self._form = profile
        self._profiles: dict[str, int] = {}
        self._plain_cmyk = 0

    def add(self, page: PdfPage) -> list[int]:
        """Write the images of a page; gives their numbers from top to bottom.

        Raises:
            RuleError: ``PDF-TOO-LARGE``, or ``PDF-FORM-UNFIT``: the page was derived for another
                archival form.
            IntegrityError: ``MASTER-DIFFERS``: a source does not hold what was recorded.
            ValueError: The page lacks its derivative image.
        """
        numbers = []
        by_source = groupby(page.derivative.parts, key=lambda part: _source_of(part, page))
        for path, parts in by_source:
            with open_descriptor(path) as descriptor:
                for part in parts:
                    self._check_form(part, page.label)
                    numbers.append(self._add(part, _Source(path, descriptor)))
        return numbers

    def _check_form(self, part: ImagePart, label: str) -> None:
        is_unfit = part.filter_name == "JPXDecode" and not self._form.carries_jpeg2000
        if is_unfit or part.bits > self._form.max_sample_bits:
            values = {"page": label, "form": f"PDF/A-{self._form.value}"}
            finding = Finding("PDF-FORM-UNFIT", "", {**values})
            raise RuleError(
                f"page {label} was not derived for PDF/A-{self._form.value}",
                (finding,),
                code=finding.code,
            )

    def _add(self, part: ImagePart, source: _Source) -> int:
        space = self._colour_space(part, source)
        copy = partial(_copy, part, source)
        return self._file.add_copied(_entries(part, space), part.length_bytes, copy, part.sha256)

    def _colour_space(self, part: ImagePart, source: _Source) -> str:
        """Empty when the stream itself tells (JPEG 2000)."""
        if not part.colours:
            return ""
        base = self._base_space(part, source)
        if part.colours == "palette":
            last = len(part.palette) // _PALETTE_ENTRY_DIGITS - 1
            return f"[/Indexed {base} {last} <{part.palette}>]"
        return base

    def _base_space(self, part: ImagePart, source: _Source) -> str:
        """ISO 19005-2 6.2.4.3: inks have no meaning without a profile under an sRGB intent."""
        if part.profile is not None:
            return f"[/ICCBased {self._profile(part.profile, source)} 0 R]"
        if part.colours == "cmyk":
            self._plain_cmyk = self._plain_cmyk or self._file.add_stream("/N 4", cmyk_profile())
            return f"[/ICCBased {self._plain_cmyk} 0 R]"
        return _DEVICE_SPACES["rgb" if part.colours == "palette" else part.colours]

    def _profile(self, profile: ColourProfile, source: _Source) -> int:
        number = self._profiles.get(profile.sha256)
        if number is None:
            entries = f"/N {profile.channels}" + " /Filter /FlateDecode" * profile.is_packed
            data = b"".join(
                stream_bytes(
                    descriptor_window(source.descriptor), profile.spans, reverses_bits=False
                )
            )
            number = self._profiles[profile.sha256] = self._file.add_stream(entries, data)
        return number


def _source_of(part: ImagePart, page: PdfPage) -> Path:
    if part.source != DERIVATIVE:
        return page.master_path
    if page.image_path is None:
        raise ValueError(f"page {page.label} lacks its derivative image")
    return page.image_path


def _copy(part: ImagePart, source: _Source, output: PdfOutput) -> None:
    """Append a stream, and prove on its way that it is the one that was recorded.

    Raises:
        IntegrityError: ``MASTER-DIFFERS``.
    """
    digest = xxhash.xxh3_128() if part.xxh3 else hashlib.sha256()
    if part.reverses_bits:
        window = descriptor_window(source.descriptor)
        for piece in stream_bytes(window, part.spans, reverses_bits=True):
            digest.update(piece)
            output.write(piece)
    else:
        for offset, length in part.spans:
            output.copy(source.descriptor, offset, length, digest.update)
    if digest.hexdigest() != (part.xxh3 or part.sha256):
        raise IntegrityError(
            f"{source.path} no longer holds the image that was recorded: check the store",
            code="MASTER-DIFFERS",
        )


def _entries(part: ImagePart, space: str) -> str:
    entries = [
        f"/Type /XObject /Subtype /Image /Width {part.width_px} /Height {part.height_px}",
        f"/Filter /{part.filter_name}",
    ]
    if space:
        entries.append(f"/BitsPerComponent {part.bits} /ColorSpace {space}")
    if part.is_inverted:
        entries.append(f"/Decode [{' '.join(['1 0'] * _CHANNELS[part.colours])}]")
    entries += _decode_parameters(part)
    return " ".join(entries)


def _decode_parameters(part: ImagePart) -> list[str]:
    if part.filter_name == "CCITTFaxDecode":
        black = "true" if part.is_black_one else "false"
        size = f"/Columns {part.width_px} /Rows {part.height_px}"
        return [f"/DecodeParms << /K -1 {size} /BlackIs1 {black} >>"]
    if part.has_predictor:
        channels = 3 if part.colours == "rgb" else 1
        row = f"/Colors {channels} /BitsPerComponent {part.bits} /Columns {part.width_px}"
        return [f"/DecodeParms << /Predictor 15 {row} >>"]
    if part.is_untransformed:
        return ["/DecodeParms << /ColorTransform 0 >>"]
    return []
