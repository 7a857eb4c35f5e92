"""How claims are parted into batches: the first are small, none is too much for a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.service.taking import BATCH, BATCH_BYTES, batches
from appliance.watchers.claims import Claim

if TYPE_CHECKING:
    from pathlib import Path


def claims_of(folder: Path, count: int, size_bytes: int) -> list[Claim]:
    """So many claims of files of one size, which hold nothing but a hole."""
    made = []
    for number in range(count):
        path = folder / str(number)
        with path.open("wb") as stream:
            stream.truncate(size_bytes)
        made.append(Claim(f"claim-{number}", path, ("scan01", path.name)))
    return made


def test_the_first_batches_are_small_and_the_order_is_kept(tmp_path: Path) -> None:
    """Workers have something to inspect while the many others are copied."""
    given = claims_of(tmp_path, 2 * BATCH, 1)
    made = list(batches(given))
    sizes = [len(batch) for batch in made]
    assert sizes == [BATCH // 8, BATCH // 4, BATCH // 2, BATCH, BATCH // 8]
    assert [claim for batch in made for claim in batch] == given


def test_large_files_make_batches_of_few(tmp_path: Path) -> None:
    """So many bytes are enough, however few the files are; fewer are enough at first."""
    given = claims_of(tmp_path, 8, BATCH_BYTES // 2)
    assert [len(batch) for batch in batches(given)] == [1, 1, 1, 2, 2, 1]


def test_a_file_larger_than_a_batch_is_a_batch(tmp_path: Path) -> None:
    """It waits for no other."""
    given = claims_of(tmp_path, 3, 2 * BATCH_BYTES)
    assert [len(batch) for batch in batches(given)] == [1, 1, 1]
