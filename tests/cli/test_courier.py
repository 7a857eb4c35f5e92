"""The commands of carried disks, over a box and a provisioned store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.cli import main
from appliance.signing.keys import generate_key
from appliance.sync.farstore import allow_sender, create_store
from tests.cli.making import Command
from tests.pipeline.carrying import Carrying, other_disk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def mount() -> Iterator[Path]:
    """An empty disk."""
    yield from other_disk()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A store that knows the box."""
    root = tmp_path / "store"
    store_key = create_store(root, "store-province")
    key = generate_key(tmp_path / "key", "box-01")
    allow_sender(root, "box-01", key.public)
    text = f"""
[box]
id = "box-01"

[paths]
state = "{tmp_path / "box" / "state"}"
drop = "{tmp_path / "drop"}"
key = "{tmp_path / "box" / "key"}"

[courier]
late_days = 7

[[destination]]
name = "province"
label = "Kho lưu trữ tỉnh"
kind = "courier"
store_id = "store-province"
store_key = "{store_key.line()}"
"""
    (tmp_path / "box.toml").write_text(text, "utf-8")
    return root


@pytest.fixture
def command(tmp_path: Path, mount: Path, root: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Commands of a box with two sealed packages that wait for a disk."""
    made = Carrying(tmp_path, mount)
    made.seal(1000, 100_000)
    allow_sender(root, "box-01", made.bench.key.public)
    made.bench.close()
    return Command(tmp_path / "box.toml", capsys)


def test_a_disk_is_prepared_taken_in_and_imported(
    command: Command, mount: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each command says what it did; the status is 0 when nothing is left open."""
    assert command("courier", "prepare", "province", "--disk", str(mount)) == 0
    assert "2 packages" in command.out
    assert command("courier", "list") == 0
    assert "prepared" in command.out
    assert command("courier", "carried", "1", "--by", "Bưu điện") == 0
    assert main(["receive", "--store", str(root), "--from-disk", str(mount)]) == 0
    assert "2 of 2 packages stored and proved" in capsys.readouterr().out
    assert command("courier", "import", str(mount)) == 0
    assert "2 newly proved" in command.out
    assert command("courier", "list", "--json") == 0
    (trip,) = command.facts()["trips"]
    assert (trip["state"], trip["proved_count"], trip["carrier"]) == ("imported", 2, "Bưu điện")
    assert command("courier", "prepare", "province", "--disk", str(mount)) == 0
    assert "nothing waits for a disk" in command.out


def test_facts_and_limits(command: Command, mount: Path) -> None:
    """A limit leaves something: 1; facts say what."""
    size = ("--size-limit", "0.00005")
    arguments = ("courier", "prepare", "province", "--disk", str(mount), "--json", *size)
    assert command(*arguments) == 1
    facts = command.facts()
    assert (facts["package_count"], facts["left_count"], facts["imported"]) == (1, 1, None)
    assert command("courier", "import", str(mount), "--json") == 1
    assert [one["code"] for one in command.facts()["findings"]] == ["COURIER-NO-RECEIPTS"]
    assert command("courier", "lost", "1") == 0
    assert command("courier", "lost", "1") == 3
    assert "ILLEGAL-TRANSITION" in command.told


def test_refusals_have_their_status(command: Command, mount: Path, tmp_path: Path) -> None:
    """A wrong destination is 2, a refused disk 3, a disk that is not there 4."""
    assert command("courier", "prepare", "nobody", "--disk", str(mount)) == 2
    assert "NO-DESTINATION" in command.told
    assert command("courier", "prepare", "province", "--disk", str(tmp_path)) == 3
    assert "COURIER-NOT-MOUNTED" in command.told
    assert command("courier", "import", str(mount)) == 3
    assert "COURIER-DISK-EMPTY" in command.told
    assert command("courier", "import", str(mount / "gone")) == 4


def test_no_line_is_tried(command: Command) -> None:
    """A place that disks are carried to is no place to send to, and its verdict waits."""
    assert command("sync", "--once") == 3
    assert command("status", "--json") in {0, 1}
    assert "PLACE-DISK-WANTED" in command.out
    command("doctor")
    assert "no disk has come back yet" in command.out


def test_a_store_that_is_not_there_is_a_status(
    command: Command, mount: Path, tmp_path: Path
) -> None:
    """Taking a disk into an empty folder makes no store there."""
    command("courier", "prepare", "province", "--disk", str(mount))
    (tmp_path / "empty").mkdir()
    assert main(["receive", "--store", str(tmp_path / "empty"), "--from-disk", str(mount)]) == 4
    assert list((tmp_path / "empty").iterdir()) == []
