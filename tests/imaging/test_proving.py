"""A master is read again when its pages are derived, and must still be what was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import xxhash

from appliance.domain.errors import IntegrityError
from appliance.domain.policy import MAX_HELD_BYTES
from appliance.imaging import proving
from appliance.imaging.derivation import DerivationOptions, derive_page
from appliance.imaging.proving import proved_master
from appliance.imaging.reading import ExpectedBytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PIL import Image

NO_TEXT = DerivationOptions(reads_text=False)


def expected_of(path: Path) -> ExpectedBytes:
    """The record of a file as it is now."""
    data = path.read_bytes()
    return ExpectedBytes(xxhash.xxh3_128_hexdigest(data), len(data))


@pytest.fixture
def pages(tmp_path: Path, drawn_page: Callable[..., Image.Image]) -> Path:
    """A TIFF of three pages."""
    path = tmp_path / "master.tif"
    first, *others = [drawn_page() for _ in range(3)]
    first.save(path, save_all=True, append_images=others, dpi=(150, 150), compression="tiff_lzw")
    return path


def _flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def test_a_master_that_is_as_recorded_is_derived(pages: Path, tmp_path: Path) -> None:
    """The proof changes nothing in what is made."""
    proved = derive_page(pages, 1, tmp_path, NO_TEXT, expected_of(pages))
    assert proved == derive_page(pages, 1, tmp_path, NO_TEXT)


@pytest.mark.parametrize("frame", [1, 3])
def test_one_changed_bit_is_found(pages: Path, tmp_path: Path, frame: int) -> None:
    """A bit that no decoder would notice stops the page, whichever page is asked for first."""
    expected = expected_of(pages)
    _flip(pages, 4000)
    with pytest.raises(IntegrityError) as caught:
        derive_page(pages, frame, tmp_path, NO_TEXT, expected)
    assert caught.value.code == "MASTER-DIFFERS"


def test_other_pages_rely_on_the_proof_of_the_same_unchanged_file(pages: Path) -> None:
    """A file of a thousand pages is compared once, and again as soon as anything touched it."""
    expected = expected_of(pages)
    with proved_master(pages, expected, is_first_page=True) as master:
        assert master.window.size_bytes == expected.size_bytes
    assert len(proving._last_proved) == 1
    wrong = ExpectedBytes("0" * 32, expected.size_bytes)
    with proved_master(pages, expected, is_first_page=False) as master:
        assert master.window.read(0, 4) == b"II*\0"
    with (
        pytest.raises(IntegrityError),
        proved_master(pages, wrong, is_first_page=False),
    ):
        pass
    _flip(pages, 4000)
    with (
        pytest.raises(IntegrityError),
        proved_master(pages, expected, is_first_page=False),
    ):
        pass


def test_the_first_page_is_always_proved(pages: Path) -> None:
    """A change that hides behind the old times is found when the hồ sơ is derived anew."""
    expected = expected_of(pages)
    with proved_master(pages, expected, is_first_page=True):
        pass
    with (
        pytest.raises(IntegrityError),
        proved_master(pages, ExpectedBytes("0" * 32, 1), is_first_page=True),
    ):
        pass


def test_a_master_too_large_to_be_held_is_proved_by_streaming(tmp_path: Path) -> None:
    """It is read through once for the proof and then looked at where it lies."""
    path = tmp_path / "large"
    with path.open("wb") as stream:
        stream.truncate(MAX_HELD_BYTES + 1)
    expected = expected_of(path)
    with proved_master(path, expected, is_first_page=True) as master:
        assert (master.data, master.window.size_bytes) == (None, MAX_HELD_BYTES + 1)
    _flip(path, MAX_HELD_BYTES)
    with (
        pytest.raises(IntegrityError),
        proved_master(path, expected, is_first_page=True),
    ):
        pass
