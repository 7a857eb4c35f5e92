"""ZIP forms: the writer's are read by others, and spoiled ones are refused by their rule."""

from __future__ import annotations

import io
import shutil
import stat
import subprocess
import warnings
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.domain.findings import Verdict
from appliance.domain.rules import judge
from appliance.packaging.verify import verify_path
from appliance.packaging.verify.options import unheeded
from appliance.packaging.verify.zip_contents import zip_as_a_whole
from appliance.packaging.write.archive import ArchiveWriter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.packaging.verify.contents import Contents
    from appliance.packaging.verify.whole import WholeFile
    from tests.packaging.conftest import Sealed


def read_zip(path: Path) -> tuple[Contents, WholeFile]:
    """Read an archive once, for its members and as a whole."""
    with zip_as_a_whole(path, 2, unheeded) as reading:
        reading.finish()
    return reading.contents, reading.result()


ENTRIES = {"top/a.txt": b"hello", "top/b/c.bin": bytes(range(256)) * 40, "top/empty": b""}


class _Sink(io.BytesIO):
    def take(self, source: io.BytesIO, limit_bytes: int) -> memoryview:
        data = source.read(min(limit_bytes, 3))
        self.write(data)
        return memoryview(data)


def _archive(zip64_from_bytes: int) -> bytes:
    sink = _Sink()
    writer = ArchiveWriter(sink, zip64_from_bytes=zip64_from_bytes)  # type: ignore[arg-type]
    for name, data in ENTRIES.items():
        writer.add(name, len(data), io.BytesIO(data))
    writer.finish()
    return sink.getvalue()


@pytest.mark.parametrize("zip64_from_bytes", [0, 6, 300, 0xFFFFFFFF])
def test_every_form_is_read_by_others(zip64_from_bytes: int, tmp_path: Path) -> None:
    """Python's reader, Info-ZIP and our own read every ZIP64 form back, bit for bit."""
    path = tmp_path / "a.zip"
    path.write_bytes(_archive(zip64_from_bytes))
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == ENTRIES
    subprocess.run(["unzip", "-tq", str(path)], check=True, capture_output=True)
    contents, whole = read_zip(path)
    assert contents.findings == []
    assert {f"top/{name}": one.size_bytes for name, one in contents.members.items()} == {
        name: len(data) for name, data in ENTRIES.items()
    }
    assert whole.fingerprint.size_bytes == path.stat().st_size


def test_a_wrong_size_is_refused() -> None:
    """A source with fewer or more bytes than were announced never becomes an entry."""
    for size_bytes in (2, 4):
        with pytest.raises(ValueError, match="announced"):
            ArchiveWriter(_Sink()).add("a", size_bytes, io.BytesIO(b"abc"))  # type: ignore[arg-type]


def _repacked(
    path: Path, change: Callable[[zipfile.ZipFile, zipfile.ZipInfo, bytes], None]
) -> None:
    """Write the archive again with Python's writer, entry by entry."""
    with zipfile.ZipFile(path) as old:
        entries = [(info, old.read(info)) for info in old.infolist()]
    with zipfile.ZipFile(path, "w") as new:
        for info, data in entries:
            fresh = zipfile.ZipInfo(info.filename)
            fresh.external_attr = info.external_attr
            change(new, fresh, data)


def _deflate(path: Path) -> None:
    _repacked(path, lambda zip_, info, data: zip_.writestr(info, data, zipfile.ZIP_DEFLATED))


def _add(path: Path, name: str, mode: int = stat.S_IFREG | 0o644) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo(name)
        info.create_system = 3
        info.external_attr = mode << 16
        archive.writestr(info, b"x")


def _top(path: Path) -> str:
    return path.stem


def _duplicate(path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _add(path, f"{_top(path)}/bagit.txt")


def _patch(path: Path, old: bytes, new: bytes, *, last: bool = False) -> None:
    data = path.read_bytes()
    at = data.rindex(old) if last else data.index(old)
    path.write_bytes(data[:at] + new + data[at + len(old) :])


def _central_name(path: Path) -> None:
    """Rename an entry in the directory alone."""
    _patch(path, b"bag-info.txt", b"bag-1nfo.txt", last=True)


def _local_name(path: Path) -> None:
    """Rename an entry in its local header alone."""
    _patch(path, b"bag-info.txt", b"bag-1nfo.txt")


def _encrypted(path: Path) -> None:
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\1\2")
    data[at + 8] |= 1
    path.write_bytes(data)


def _overlap(path: Path) -> None:
    """Let the directory place the second entry where the first one is."""
    data = bytearray(path.read_bytes())
    second = data.index(b"PK\1\2", data.index(b"PK\1\2") + 4)
    data[second + 42 : second + 46] = b"\0\0\0\0"
    path.write_bytes(data)


def _hidden(path: Path) -> None:
    """Put bytes between two entries and move everything behind them."""
    data = path.read_bytes()
    path.write_bytes(b"")
    with zipfile.ZipFile(io.BytesIO(data)) as old, path.open("wb") as raw:
        raw.write(b"hidden payload")
        with zipfile.ZipFile(raw, "w") as new:
            for info in old.infolist():
                new.writestr(zipfile.ZipInfo(info.filename), old.read(info))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])


def _descriptor(path: Path) -> None:
    """Change the CRC behind the first entry's bytes."""
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\7\x08") + 4] ^= 1
    path.write_bytes(data)


def _append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"tail")


def _flip(path: Path) -> None:
    """Flip a bit of a master where it lies."""
    data = bytearray(path.read_bytes())
    data[data.index(b"II*\0") + 40] ^= 1
    path.write_bytes(data)


def _replaced(path: Path) -> None:
    path.write_bytes(b"x" * 500)


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


SPOILED: dict[str, tuple[str, Callable[[Path], None]]] = {
    "compressed": ("ZIP-COMPRESSED", _deflate),
    "encrypted": ("ZIP-ENCRYPTED", _encrypted),
    "symbolic-link": (
        "ENTRY-LINK",
        lambda path: _add(path, f"{_top(path)}/link", stat.S_IFLNK | 0o777),
    ),
    "duplicate": ("ZIP-DUPLICATE", _duplicate),
    "escape": ("NAME-UNSAFE", lambda path: _add(path, "../../etc/passwd")),
    "absolute": ("NAME-UNSAFE", lambda path: _add(path, "/etc/passwd")),
    "drive": ("NAME-UNSAFE", lambda path: _add(path, "C:/x")),
    "second-top": ("ZIP-TOP-FOLDER", lambda path: _add(path, "other/x")),
    "loose": ("ZIP-TOP-FOLDER", lambda path: _add(path, "x")),
    "central-name": ("ZIP-HEADERS", _central_name),
    "local-name": ("ZIP-HEADERS", _local_name),
    "descriptor": ("ZIP-HEADERS", _descriptor),
    "overlap": ("ZIP-OVERLAP", _overlap),
    "hidden-lead": ("ZIP-EXTRA-BYTES", _hidden),
    "tail": ("ZIP-EXTRA-BYTES", _append),
    "cut": ("ZIP-UNREADABLE", _cut),
    "not-a-zip": ("ZIP-UNREADABLE", _replaced),
    "empty": ("ZIP-UNREADABLE", _emptied),
    "flipped": ("ZIP-CRC", _flip),
    "extra-entry": ("BAG-EXTRA", lambda path: _add(path, f"{_top(path)}/data/x.txt")),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_spoiled_archive_is_refused(name: str, sealed: Sealed, tmp_path: Path) -> None:
    """Every spoiled archive fails, and the rule that must catch it is named."""
    code, spoil = SPOILED[name]
    path = tmp_path / sealed.path.name
    shutil.copyfile(sealed.path, path)
    spoil(path)
    (report,) = verify_path(path)
    assert code in {finding.code for finding in report.findings}
    assert judge(report.findings, complete=not report.not_checked) is Verdict.FAIL


def test_a_zip_of_another_program_is_read(sealed: Sealed, tmp_path: Path) -> None:
    """Repacked uncompressed by another writer, the package still passes."""
    path = tmp_path / sealed.path.name
    shutil.copyfile(sealed.path, path)
    _repacked(path, lambda zip_, info, data: zip_.writestr(info, data))
    (report,) = verify_path(path)
    assert judge(report.findings, complete=not report.not_checked) is Verdict.PASS


@settings(max_examples=60, deadline=None)
@given(position=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255))
def test_no_flipped_byte_passes(sealed: Sealed, position: float, mask: int) -> None:
    """Whichever byte of a sealed ZIP is changed, the package is refused.

    Alone the directory's permissions and the like, which hold no content, may differ: then
    every member is as it was, and the sidecar's digest still tells.
    """
    data = bytearray(sealed.path.read_bytes())
    data[int(position * len(data))] ^= mask
    path = sealed.path.with_name("flipped.zip")
    path.write_bytes(data)
    (report,) = verify_path(path)
    if judge(report.findings, complete=not report.not_checked) is Verdict.PASS:
        good, flipped = read_zip(sealed.path), read_zip(path)
        assert flipped[0].members == good[0].members
        assert flipped[1].fingerprint.sha256 != good[1].fingerprint.sha256


@settings(max_examples=25, deadline=None)
@given(position=st.floats(0, 1, exclude_max=True))
def test_no_cut_passes(sealed: Sealed, position: float) -> None:
    """Wherever a sealed ZIP is cut off, the package is no longer accepted."""
    data = sealed.path.read_bytes()
    path = sealed.path.with_name("cut.zip")
    path.write_bytes(data[: int(position * len(data))])
    (report,) = verify_path(path)
    assert judge(report.findings, complete=not report.not_checked) is not Verdict.PASS
