"""What the Library of Congress's bagit.py says of our bags."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import bagit
import pytest

from tests.referees.installed import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.referees.subjects import Subject

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning:bagit"  # its own, from Python 3.13 on
)


def test_bagit_accepts_every_bag(subjects: dict[str, Subject]) -> None:
    """Complete, by digest, and with a tag manifest that holds."""
    for one in subjects.values():
        bagit.Bag(str(one.bag)).validate(processes=1)


def test_bagit_s_own_command_accepts_one(subjects: dict[str, Subject]) -> None:
    """The command as an archive runs it."""
    command = (sys.executable, "-m", "bagit", "--validate", subjects["everything"].bag)
    status, text = run(*command)
    assert status == 0, text


@pytest.mark.parametrize("spoiled", ["data/*/METS.xml", "bag-info.txt"])
def test_bagit_would_have_noticed(
    subjects: dict[str, Subject], tmp_path: Path, spoiled: str
) -> None:
    """A changed byte of payload or tags is an invalid bag."""
    bag = tmp_path / "bag"
    shutil.copytree(subjects["least"].bag, bag)
    (path,) = bag.glob(spoiled)
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(bagit.BagValidationError, match=path.name):
        bagit.Bag(str(bag)).validate(processes=1)
