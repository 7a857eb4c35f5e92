"""Judges an .xlsx as a container before any parser sees it: sizes, bombs, document types."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from appliance.spreadsheet.problems import refusal, unreadable

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.domain.errors import RuleError

MAX_WORKBOOK_BYTES: Final = 32 * 1024 * 1024
"""Our own: a register of 100 000 hồ sơ takes about 15 MiB."""

MAX_UNPACKED_BYTES: Final = 192 * 1024 * 1024
"""Our own: what the parts of one workbook may hold together once unpacked."""

MAX_PARTS: Final = 2_000
"""Our own: a register has about a dozen parts."""

_SCAN_BYTES: Final = 1024 * 1024
_FORBIDDEN: Final = tuple(
    mark.encode(encoding)
    for mark in ("<!DOCTYPE", "<!ENTITY")
    for encoding in ("utf-8", "utf-16-le", "utf-16-be")
)
"""In the encodings that a part may have (ECMA-376 part 2, 6.2.5)."""
_LONGEST_MARK_BYTES: Final = max(map(len, _FORBIDDEN))
_NO_WORKBOOK: Final = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
)
"""What the standard library lets out of damaged archives and of what is packed in them."""


def guard_workbook(path: Path) -> None:
    """Refuse what is no workbook or would cost too much to open.

    Raises:
        RuleError: ``SHEET-UNREADABLE`` with a finding that names the workbook.
    """
    try:
        if path.stat().st_size > MAX_WORKBOOK_BYTES:
            raise _too_large(path)
        with zipfile.ZipFile(path) as archive:
            _guard_parts(path, archive)
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise _refused(path, "không mở được tệp", reason) from problem
    except _NO_WORKBOOK as problem:
        reason = f"not an .xlsx: {str(problem) or type(problem).__name__}"
        raise _refused(path, "tệp không phải là .xlsx", reason) from problem


def _guard_parts(path: Path, archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise _too_large(path)
    if "[Content_Types].xml" not in names or len(names) != len(parts):
        raise _refused(path, "tệp không phải là .xlsx", "not an .xlsx: its parts are wrong")
    for part in parts:
        if part.filename.lower().endswith((".xml", ".rels")) and _declares_types(archive, part):
            raise _refused(
                path, "tệp có nội dung nguy hiểm (DTD)", "it holds a document type declaration"
            )


def _declares_types(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether a part declares entities: no program writes that, only attacks do."""
    tail = b""
    with archive.open(part) as stream:
        while block := stream.read(_SCAN_BYTES):
            window = tail + block
            if any(mark in window for mark in _FORBIDDEN):
                return True
            tail = window[-_LONGEST_MARK_BYTES:]
    return False


def _too_large(path: Path) -> RuleError:
    return _refused(path, "tệp quá lớn", "it is larger than a register can be")


def _refused(path: Path, vietnamese: str, english: str) -> RuleError:
    return refusal((unreadable(path.name, vietnamese, english),))
