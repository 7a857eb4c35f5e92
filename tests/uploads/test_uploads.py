"""What real servers leave on disk, uploaded in every way that scanners and people do it.

One suite for SMB, FTP and SFTP. No event and no server says that an upload is complete: what is
cut looks to the box as what is whole, but for its content.
"""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.uploads.scanning import sha256_of, tiff_page

if TYPE_CHECKING:
    from tests.uploads.box import Box
    from tests.uploads.scanning import Entrance, Upload

LIVE = ("accepted", "inspected")


def states(box: Box, file_code: str) -> list[tuple[str, str]]:
    """Digest and state of everything that came in for a hồ sơ."""
    return [(row["sha256"], row["state"]) for row in box.masters(file_code)]


def wait_for(box: Box, file_code: str, wanted: list[tuple[bytes, str]]) -> None:
    """Wait until exactly these bytes came in, in this order, and stand so."""
    expected = [(sha256_of(data), state) for data, state in wanted]
    box.awaits(lambda: states(box, file_code) == expected, f"{expected}, {states(box, file_code)}")


def is_untaken(box: Box, file_code: str) -> bool:
    """Whether nothing of a hồ sơ came in yet."""
    return not box.masters(file_code)


def outlive_settling(box: Box, scanner: str) -> None:
    """Wait until another page, dropped now by the same scanner, is taken.

    Whatever lay quiet before it has by then been looked at with its settle time over.
    """
    mark = box.drop / scanner / "mark" / f"{time.monotonic_ns()}.tif"
    mark.parent.mkdir(exist_ok=True)
    mark.write_bytes(tiff_page(20))
    query = "SELECT id FROM master WHERE name = ?"
    box.awaits(lambda: bool(box.rows(query, [mark.name])), f"the mark {mark.name} is taken")


def only_master(box: Box, file_code: str) -> dict[str, Any]:
    """The one master of a hồ sơ."""
    (row,) = box.masters(file_code)
    return row


def open_folder(client: Upload, scanner: str, file_code: str) -> str:
    """Make the folder of a hồ sơ; where its page 1 goes."""
    client.step("folder", f"{scanner}/{file_code}")
    return f"{scanner}/{file_code}/0001.tif"


def test_a_whole_upload_is_taken(box: Box, entrance: Entrance, file_code: str) -> None:
    """A scan sent in one go is in the store, byte for byte, and gone from the hot folder."""
    data = tiff_page(1)
    with entrance.client() as client:
        client.whole(open_folder(client, "scan01", file_code), data)
    wait_for(box, file_code, [(data, "inspected")])
    assert box.master_path(sha256_of(data)).read_bytes() == data
    box.awaits(lambda: not (box.drop / "scan01" / file_code / "0001.tif").exists(), "it is gone")


def test_a_slow_upload_is_waited_for(box: Box, entrance: Entrance, file_code: str) -> None:
    """paperless-ngx#1279: a scan that comes in pieces, quiet in between, is taken once whole."""
    data = tiff_page(2)
    middle = len(data) // 2
    with entrance.client() as client:
        client.step("begin", open_folder(client, "scan01", file_code), 0)
        client.send(data, 0, middle)
        outlive_settling(box, "scan01")
        assert is_untaken(box, file_code)
        client.send(data, middle)
        client.step("end")
    wait_for(box, file_code, [(data, "inspected")])


def test_a_killed_upload_is_never_a_page(box: Box, entrance: Entrance, file_code: str) -> None:
    """paperless-ngx#14219: a cut upload looks finished; it is parked, and a new scan settles it."""
    data = tiff_page(3)
    middle = len(data) // 2
    with entrance.client() as client:
        path = open_folder(client, "hasty", file_code)
        client.step("begin", path, 0)
        client.send(data, 0, middle)
        client.kill()
    wait_for(box, file_code, [(data[:middle], "parked")])
    assert only_master(box, file_code)["cause"] == "INTAKE-INCOMPLETE"
    with entrance.client() as client:
        client.whole(path, data)
    wait_for(box, file_code, [(data[:middle], "replaced"), (data, "inspected")])


def test_a_killed_upload_may_be_resumed(box: Box, entrance: Entrance, file_code: str) -> None:
    """A client that goes on where it was cut leaves one whole page, taken once."""
    data = tiff_page(4)
    middle = len(data) // 2
    with entrance.client() as client:
        path = open_folder(client, "scan01", file_code)
        client.step("begin", path, 0)
        client.send(data, 0, middle)
        client.kill()
    outlive_settling(box, "scan01")
    assert is_untaken(box, file_code)
    with entrance.client() as client:
        client.step("begin", path, middle)
        client.send(data, middle)
        client.step("end")
    wait_for(box, file_code, [(data, "inspected")])


def test_closed_and_opened_again(box: Box, entrance: Entrance, file_code: str) -> None:
    """paperless-ngx PR#4626: a scanner that opens and closes its file many times is waited for."""
    data = tiff_page(5)
    ends = [len(data) * part // 4 for part in range(5)]
    with entrance.client() as client:
        path = open_folder(client, "scan01", file_code)
        for start, end in pairwise(ends):
            client.step("begin", path, start)
            client.send(data, start, end)
            client.step("end")
            if start == 0:
                outlive_settling(box, "scan01")
                assert is_untaken(box, file_code)
    wait_for(box, file_code, [(data, "inspected")])


def test_a_file_that_grows_by_whole_pages(box: Box, entrance: Entrance, file_code: str) -> None:
    """eikek/docspell#3223: each page makes the file whole anew; the scanner's own time decides."""
    versions = [tiff_page(6, pages) for pages in (1, 2, 3)]
    with entrance.client() as client:
        path = open_folder(client, "pages", file_code)
        for data in versions:
            client.whole(path, data)
            time.sleep(0.3)
    wait_for(box, file_code, [(versions[-1], "inspected")])
    assert only_master(box, file_code)["frame_count"] == 3


def test_a_temporary_name_and_a_rename(box: Box, entrance: Entrance, file_code: str) -> None:
    """jonaswinkler/paperless-ng#462: a temporary name is left alone, the last name is taken."""
    data = tiff_page(7)
    with entrance.client() as client:
        path = open_folder(client, "scan01", file_code)
        client.whole(f"{path}.filepart", data)
        outlive_settling(box, "scan01")
        assert is_untaken(box, file_code)
        client.step("rename", f"{path}.filepart", path)
    wait_for(box, file_code, [(data, "inspected")])
    assert only_master(box, file_code)["name"] == "0001.tif"


def test_a_size_set_before_the_bytes(box: Box, entrance: Entrance, file_code: str) -> None:
    """The full size says nothing: what has a hole is waited for, and taken once it is filled."""
    data = tiff_page(8)
    middle = len(data) // 2
    if entrance.kind == "ftp":
        pytest.skip("FTP cannot set a size")
    with entrance.client() as client:
        client.step("begin", open_folder(client, "scan01", file_code), 0)
        client.step("size", len(data))
        client.send(data, 0, middle)
        outlive_settling(box, "scan01")
        assert is_untaken(box, file_code)
        client.send(data, middle)
        client.step("end")
    wait_for(box, file_code, [(data, "inspected")])


def test_a_hole_is_never_a_page(box: Box, entrance: Entrance, file_code: str) -> None:
    """A file that has its ends but a hole in the middle, and stays so, is parked."""
    data = tiff_page(9)
    third = len(data) // 3
    with entrance.client() as client:
        path = open_folder(client, "hasty", file_code)
        for start, end in ((0, third), (2 * third, None)):
            client.step("begin", path, start)
            client.send(data, start, end)
            client.step("end")
    holed = data[:third] + bytes(third) + data[2 * third :]
    wait_for(box, file_code, [(holed, "parked")])
    assert only_master(box, file_code)["cause"] == "INTAKE-INCOMPLETE"


def test_the_same_name_again(box: Box, entrance: Entrance, file_code: str) -> None:
    """cyanfish/naps2#823: a second scan of the name is a rescan, the same bytes are a duplicate."""
    first, second = tiff_page(10), tiff_page(11)
    with entrance.client() as client:
        path = open_folder(client, "scan01", file_code)
        client.whole(path, first)
        wait_for(box, file_code, [(first, "inspected")])
        client.whole(path, second)
        wait_for(box, file_code, [(first, "replaced"), (second, "inspected")])
        client.whole(path, second)
    wait_for(box, file_code, [(first, "replaced"), (second, "inspected"), (second, "duplicate")])


def test_an_open_file_is_left_alone(box: Box, entrance: Entrance, file_code: str) -> None:
    """Whole and quiet, but still held open by its writer: not taken before it is closed."""
    data = tiff_page(12)
    with entrance.client() as client:
        client.step("begin", open_folder(client, "scan01", file_code), 0)
        client.send(data)
        outlive_settling(box, "scan01")
        assert is_untaken(box, file_code)
        client.step("end")
    wait_for(box, file_code, [(data, "inspected")])
