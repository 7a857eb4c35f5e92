"""Half-written files: what lies still is not finished, and what was given up comes back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.pipeline.making import codes_of
from tests.watchers.making import PATIENCE_SECONDS, SETTLE_SECONDS, page_bytes

if TYPE_CHECKING:
    from tests.service.watching import Watching

PAGE = page_bytes(1)
TIFF = page_bytes(1, "TIFF")


@pytest.mark.parametrize("data", [PAGE, TIFF, page_bytes(1, "JPEG")], ids=["png", "tiff", "jpeg"])
def test_a_half_file_that_lies_there_at_the_start_is_not_taken(
    watching: Watching, data: bytes
) -> None:
    """paperless-ngx#14022, #6101: a start applies the rule of completeness to what it finds."""
    watching.bench.register({"HS-01": 1})
    path = watching.put("scan01/HS-01/0001.img", data[: len(data) // 2])
    watching.restart()
    assert watching.rounds() == 0
    watching.restart()
    assert watching.rounds() == 0
    assert path.exists()
    with path.open("ab") as writer:
        writer.write(data[len(data) // 2 :])
    path.rename(path.with_suffix(".tif"))
    watching.restart()
    assert watching.rounds() == 1
    (master,) = watching.bench.masters()
    assert watching.bench.store.master_path(master.sha256).read_bytes() == data


def test_what_was_given_up_is_parked_and_comes_back(watching: Watching) -> None:
    """paperless-ngx#9698: the end of patience is a reason on a list, never the end of looking."""
    bench = watching.bench
    bench.register({"HS-01": 1})
    path = watching.put("scan01/HS-01/0001.tif", TIFF[:-2000])
    watching.rounds()
    assert bench.masters() == []
    assert watching.round(PATIENCE_SECONDS) == 1
    (given_up,) = bench.masters()
    assert (given_up.state, codes_of(given_up)) == ("parked", ["INTAKE-INCOMPLETE"])
    path.write_bytes(TIFF)
    assert watching.rounds() == 1
    bench.settle(seal=False)
    assert [row.state for row in bench.masters()] == ["replaced", "inspected"]
    assert bench.store.master_path(given_up.sha256).read_bytes() == TIFF[:-2000]


def test_a_file_of_no_bytes_is_never_a_page(watching: Watching) -> None:
    """mylar3 PR#1364: nothing is waited for, then shown with its reason, and never counted."""
    bench = watching.bench
    bench.register({"HS-01": 1})
    path = watching.put("scan01/HS-01/0001.tif", b"")
    watching.rounds()
    assert path.exists()
    watching.round(PATIENCE_SECONDS)
    (master,) = bench.masters()
    assert (master.state, master.file_number) == ("parked", None)
    assert codes_of(master) == ["INTAKE-INCOMPLETE"]
    bench.settle()
    assert bench.unit("HS-01").state == "registered"


def test_a_time_that_moves_only_at_the_end_deceives_nobody(watching: Watching) -> None:
    """paperless-ngx PR#483: a file of an old time that still grows is one that still grows."""
    watching.bench.register({"HS-01": 1})
    path = watching.put("scan01/HS-01/0001.tif", TIFF[:1000])
    long_ago = path.stat().st_mtime_ns - 10**12
    for start in range(1000, len(TIFF), len(TIFF) // 5):
        with path.open("ab") as writer:
            writer.write(TIFF[start : start + len(TIFF) // 5])
        os.utime(path, ns=(long_ago, long_ago))
        assert watching.round(SETTLE_SECONDS) == 0
    assert path.stat().st_size == len(TIFF)
    assert watching.round(SETTLE_SECONDS) == 1
    (master,) = watching.bench.masters()
    assert (master.state, master.size_bytes) == ("accepted", len(TIFF))
