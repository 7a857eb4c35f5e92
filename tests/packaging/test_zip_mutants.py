"""Archives that lie in one number, name or flag; the rule that must catch it is named."""

from __future__ import annotations

import shutil
import struct
import zipfile
from typing import TYPE_CHECKING

import pytest

from appliance.domain.findings import Severity, Verdict
from appliance.domain.rules import judge, rule_of
from appliance.packaging.verify import verify_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.packaging.conftest import Sealed

CENTRAL, LOCAL, END, DESCRIPTOR = b"PK\1\2", b"PK\3\4", b"PK\5\6", b"PK\7\x08"


def _poke(path: Path, at: int, data: bytes) -> None:
    held = bytearray(path.read_bytes())
    held[at : at + len(data)] = data
    path.write_bytes(held)


def _central(path: Path, number: int = 0) -> int:
    """Where an entry of the directory begins."""
    data = path.read_bytes()
    at = struct.unpack_from("<I", data, data.rindex(END) + 16)[0]
    for _ in range(number):
        at = data.index(CENTRAL, at + 4)
    return int(at)


def _end(path: Path) -> int:
    return path.read_bytes().rindex(END)


def _descriptor(path: Path) -> int:
    return path.read_bytes().index(DESCRIPTOR)


def _in_directory(offset: int, data: bytes) -> Callable[[Path], None]:
    return lambda path: _poke(path, _central(path) + offset, data)


def _in_header(offset: int, data: bytes) -> Callable[[Path], None]:
    return lambda path: _poke(path, offset, data)


def _in_end(offset: int, data: bytes) -> Callable[[Path], None]:
    return lambda path: _poke(path, _end(path) + offset, data)


def _both(offset: int, data: bytes) -> Callable[[Path], None]:
    """The same field of the first entry, in its local header and in the directory."""

    def spoil(path: Path) -> None:
        _poke(path, offset, data)
        _poke(path, _central(path) + offset + 2, data)

    return spoil


def _renamed(new: str) -> Callable[[Path], None]:
    """Pack again with another name for one payload file, that all of it agrees on."""

    def spoil(path: Path) -> None:
        with zipfile.ZipFile(path) as old:
            entries = [(info.filename, old.read(info)) for info in old.infolist()]
        with zipfile.ZipFile(path, "w") as fresh:
            for name, data in entries:
                fresh.writestr(name.replace("documentation/README.txt", new), data)

    return spoil


def _second_first(path: Path) -> None:
    """The second entry's place in the directory says that it lies where the first does."""
    _poke(path, _central(path, 1) + 42, struct.pack("<I", 0))


def _entry_hidden(path: Path) -> None:
    """Drop the last entry from the directory: its bytes stay, told by nobody."""
    data = path.read_bytes()
    last, end = data.rindex(CENTRAL), data.rindex(END)
    count, size = struct.unpack_from("<HI", data, end + 10)
    tail = bytearray(data[end:])
    struct.pack_into("<2HI", tail, 8, count - 1, count - 1, size - (end - last))
    path.write_bytes(data[:last] + bytes(tail))


def _long_gap(path: Path) -> None:
    """Put bytes before the directory, and tell the end record of it."""
    data = path.read_bytes()
    end = data.rindex(END)
    at = struct.unpack_from("<I", data, end + 16)[0]
    tail = bytearray(data[end:])
    struct.pack_into("<I", tail, 16, at + 9)
    path.write_bytes(data[:at] + b"unlisted!" + data[at:end] + bytes(tail))


def _crc_everywhere(path: Path) -> None:
    _poke(path, _central(path) + 16, b"\1\2\3\4")
    _poke(path, _descriptor(path) + 4, b"\1\2\3\4")


SPOILED: dict[str, tuple[str, Callable[[Path], None]]] = {
    "crc-of-directory": ("ZIP-HEADERS", _in_directory(16, b"\1\2\3\4")),
    "crc-everywhere": ("ZIP-CRC", _crc_everywhere),
    "size-of-directory": ("ZIP-COMPRESSED", _in_directory(24, b"\1\0\0\0")),
    "sizes-of-directory": ("ZIP-HEADERS", _in_directory(20, b"\1\0\0\0\1\0\0\0")),
    "huge-sizes": ("ZIP-UNREADABLE", _in_directory(20, b"\0\0\0\xf0\0\0\0\xf0")),
    "size-of-header": ("ZIP-HEADERS", _in_header(18, b"\1\0\0\0")),
    "descriptor-size": ("ZIP-HEADERS", lambda path: _poke(path, _descriptor(path) + 8, b"\1")),
    "method-of-header": ("ZIP-HEADERS", _in_header(8, b"\x08\0")),
    "method-of-directory": ("ZIP-COMPRESSED", _in_directory(10, b"\x08\0")),
    "method-of-both": ("ZIP-COMPRESSED", _both(8, b"\x08\0")),
    "method-unknown": ("ZIP-COMPRESSED", _both(8, b"\x63\0")),
    "flags-of-header": ("ZIP-HEADERS", _in_header(6, b"\0\0")),
    "encrypted-in-both": ("ZIP-ENCRYPTED", _both(6, b"\x09\0")),
    "strongly-encrypted": ("ZIP-ENCRYPTED", _both(6, b"\x48\0")),
    "masked-directory": ("ZIP-ENCRYPTED", _both(6, b"\x08\x20")),
    "version-unheard-of": ("ZIP-HEADERS", _both(4, b"\x94\0")),
    "time-of-header": ("ZIP-HEADERS", _in_header(10, b"\1\0")),
    "name-length-of-header": ("ZIP-HEADERS", _in_header(26, b"\5\0")),
    "extra-length-of-header": ("ZIP-HEADERS", _in_header(28, b"\5\0")),
    "header-signature": ("ZIP-HEADERS", _in_header(0, b"PK\3\5")),
    "directory-signature": ("ZIP-UNREADABLE", _in_directory(0, b"PK\1\3")),
    "name-not-utf8": ("NAME-UNSAFE", _in_directory(46, b"\xff")),
    "device": ("ENTRY-LINK", _in_directory(38, struct.pack("<I", 0o060644 << 16))),
    "pipe": ("ENTRY-LINK", _in_directory(38, struct.pack("<I", 0o010644 << 16))),
    "offset-behind": ("ZIP-EXTRA-BYTES", _in_directory(42, b"\5\0\0\0")),
    "two-at-one-place": ("ZIP-OVERLAP", _second_first),
    "hidden-entry": ("ZIP-EXTRA-BYTES", _entry_hidden),
    "gap-before-directory": ("ZIP-EXTRA-BYTES", _long_gap),
    "count-of-end": ("ZIP-UNREADABLE", _in_end(8, b"\1\0\1\0")),
    "counts-differ": ("ZIP-UNREADABLE", _in_end(8, b"\1\0")),
    "second-disk": ("ZIP-UNREADABLE", _in_end(4, b"\1\0")),
    "directory-length": ("ZIP-EXTRA-BYTES", _in_end(12, b"\1\0\0\0")),
    "directory-place": ("ZIP-EXTRA-BYTES", _in_end(16, b"\1\0\0\0")),
    "comment-announced": ("ZIP-UNREADABLE", _in_end(20, b"\4\0")),
    "renamed-up": ("NAME-UNSAFE", _renamed("documentation/../../x.txt")),
    "renamed-blank": ("NAME-UNSAFE", _renamed("documentation//x.txt")),
    "renamed-backslash": ("NAME-UNSAFE", _renamed("documentation\\x.txt")),
    "renamed-bell": ("NAME-UNSAFE", _renamed("documentation/\x07.txt")),
    "renamed-long": ("NAME-UNSAFE", _renamed(f"documentation/{'x' * 300}.txt")),
    "renamed-deep": ("NAME-UNSAFE", _renamed("d/" * 600 + "x.txt")),
    "renamed-case": ("NAME-CLASH", _renamed("Mets.XML")),
    "renamed-marks": ("BAG-MISSING", _renamed("documentation/Đọc.txt")),
}
"""Code, and what is done to the archive."""


@pytest.fixture
def archive(sealed: Sealed, tmp_path: Path) -> Path:
    """A copy to be spoiled."""
    return shutil.copyfile(sealed.path, tmp_path / sealed.path.name)


@pytest.mark.parametrize("name", SPOILED)
def test_a_spoiled_archive_is_refused_by_its_rule(name: str, archive: Path) -> None:
    """Every spoiled archive fails, and the rule that must catch it is named."""
    code, spoil = SPOILED[name]
    spoil(archive)
    (report,) = verify_path(archive)
    assert code in {finding.code for finding in report.findings}, report.findings
    assert judge(report.findings, complete=not report.not_checked) is Verdict.FAIL


def test_another_order_is_said_and_passes(archive: Path) -> None:
    """A package that another program packed in its own order is whole; that it was is told."""
    with zipfile.ZipFile(archive) as old:
        entries = [(info.filename, old.read(info)) for info in old.infolist()]
    with zipfile.ZipFile(archive, "w") as fresh:
        for name, data in reversed(entries):
            fresh.writestr(name, data)
    (report,) = verify_path(archive)
    told = [finding for finding in report.findings if rule_of(finding).severity is Severity.INFO]
    assert [finding.code for finding in told] == ["ZIP-ORDER", "ZIP-FORM"]
    assert judge(report.findings, complete=not report.not_checked) is Verdict.PASS


RESTYLED: dict[str, Callable[[Path], None]] = {
    "made-by-dos": _in_directory(5, b"\0"),
    "made-by-version": _in_directory(4, b"\x3f"),
    "needed-by-directory": _in_directory(6, b"\x0a"),
    "needed-by-header": _in_header(4, b"\x94"),
    "needed-by-both": _both(4, b"\x2d\0"),
    "compression-level": _both(6, b"\x0e\0"),
    "names-in-utf8": _both(6, b"\x08\x08"),
    "time": _both(10, b"\1\0"),
    "date": _both(12, b"\x22\0"),
    "disk-of-start": _in_directory(34, b"\1\0"),
    "text": _in_directory(36, b"\1\0"),
    "attribute-of-dos": _in_directory(38, b"\x20"),
    "executable": _in_directory(40, struct.pack("<H", 0o100755)),
    "writable-by-all": _in_directory(40, struct.pack("<H", 0o100666)),
    "set-user-id": _in_directory(40, struct.pack("<H", 0o104644)),
}
"""Fields that the format fixes and no reader of packages needs."""


@pytest.mark.parametrize("name", RESTYLED)
def test_a_header_in_another_form_is_said_and_passes(name: str, archive: Path) -> None:
    """One field otherwise than the format has it is told of the entry that has it."""
    RESTYLED[name](archive)
    (report,) = verify_path(archive)
    assert [one.code for one in report.findings] == ["ZIP-FORM"]
    assert report.findings[0].where.endswith("/bagit.txt")
    assert judge(report.findings, complete=not report.not_checked) is Verdict.PASS
