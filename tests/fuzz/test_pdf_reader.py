"""The full reader of PDF drops on hostile bytes, where it always runs: in a worker process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.rules import RULES
from appliance.imaging.inspection import Inspection, InspectionLimits, inspect_image
from appliance.workers.pool import WorkerPool
from tests.fuzz.making import EXAMPLES, Mutation, fuzzing, mutated, mutations, pdf_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIMITS = InspectionLimits(min_dpi=1, min_bits_per_pixel=1)
WORDS = (
    b"/JBIG2Decode", b"/LZWDecode", b"/RunLengthDecode", b"/Indexed", b"/ICCBased", b"/Form",
    b"/Width 0", b"/Width -1", b"/Height 99999999999", b"/Decode [1 0]", b"1 0 R", b"9 0 R",
    b"<<" * 400, b"[" * 400, b"/Rotate 45", b"/BitsPerComponent 3", b"/K 1", b"cm", b"Do", b"BI",
)  # fmt: skip
"""Words that lead the reader elsewhere."""


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    """One worker with the walls of the real ones."""
    with WorkerPool(1, 2 * 1024**3, 30) as made:
        yield made


def judged(pool: WorkerPool, path: Path, data: bytes) -> Inspection:
    """What the worker says of these bytes; a worker that dies is a failure here."""
    path.write_bytes(data)
    found = pool.submit(inspect_image, path, name="p", views_folder=None, limits=LIMITS).result()
    assert all(finding.code in RULES for finding in found.findings)
    assert found.frames or found.findings
    return found


@pytest.mark.parametrize("packed", [False, True])
def test_damaged_pdfs_are_answered(tmp_path: Path, pool: WorkerPool, *, packed: bool) -> None:
    """Any change to a PDF gives facts or findings, and the worker lives on."""
    seed = pdf_bytes(tmp_path, packed=packed)
    assert len(judged(pool, tmp_path / "p", seed).frames) == 2

    @fuzzing(EXAMPLES // 2)
    @given(mutations())
    def answers(changes: list[Mutation]) -> None:
        judged(pool, tmp_path / "p", mutated(seed, changes))

    answers()


def test_other_words_in_a_pdf_are_answered(tmp_path: Path, pool: WorkerPool) -> None:
    """Words of the format in places where they do not belong, without moving anything else."""
    seed = pdf_bytes(tmp_path, packed=False)
    starts = [at for at in range(len(seed)) if seed[at : at + 1] in b"/[<" and at < len(seed)]

    @fuzzing(EXAMPLES // 2)
    @given(st.lists(st.tuples(st.sampled_from(starts), st.sampled_from(WORDS)), max_size=4))
    def answers(places: list[tuple[int, bytes]]) -> None:
        data = bytearray(seed)
        for at, word in places:
            data[at : at + len(word)] = word
        judged(pool, tmp_path / "p", bytes(data))

    answers()


def test_no_cut_pdf_gives_pages(tmp_path: Path, pool: WorkerPool) -> None:
    """A PDF without its end is damaged, however much of it is there."""
    seed = pdf_bytes(tmp_path, packed=False)
    end = seed.rindex(b"%%EOF") + len(b"%%EOF")

    @fuzzing(EXAMPLES // 6)
    @given(st.integers(9, end - 1))
    def refuses(length: int) -> None:
        found = judged(pool, tmp_path / "p", seed[:length])
        assert found.frames == ()
        assert [one.code for one in found.findings] == ["PDF-DROP-DAMAGED"]

    refuses()
