"""The command line on a bare machine: what is wrong is told, and nothing is half opened."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from appliance.bootstrap import open_appliance
from appliance.catalogue.engine import open_catalogue
from appliance.catalogue.rebuilding import mark_unfinished
from appliance.cli.main import main
from appliance.clock import SystemClock
from appliance.config import load_settings
from appliance.domain.errors import ConfigError
from appliance.service.part_lock import PartLock
from appliance.signing.keys import generate_key

if TYPE_CHECKING:
    from pathlib import Path

    from tests.recovery.places import Site

pytestmark = pytest.mark.sshd


def test_an_unfinished_recovery_is_not_opened(lost: Site, tmp_path: Path) -> None:
    """Nothing works on a catalogue that has not come back whole."""
    catalogue = open_catalogue(tmp_path / "new" / "catalogue.db", SystemClock())
    with closing(catalogue), catalogue.write() as writing:
        mark_unfinished(writing, "x")
    config, key = tmp_path / "appliance.toml", lost.folder / "old" / "key"
    lost.write_settings(config, tmp_path / "new", key, tmp_path / "drop")
    with pytest.raises(ConfigError) as caught:
        open_appliance(load_settings(config))
    assert caught.value.code == "RECOVERY-UNFINISHED"


class Typed:
    """The command as somebody types it, with one thing wrong.

    Args:
        site: What is left of the lost box.
        folder: Of the new machine.
    """

    def __init__(self, site: Site, folder: Path) -> None:
        self.sheet = site.sheet("province")
        self.key = site.recovery_key
        self.into = folder / "new"

    def status(self, origin: str = "province", **changes: Path) -> int:
        """What the command ends with."""
        values = {**vars(self), **changes}
        options = ("--into", str(values["into"]), "--key", str(values["key"]), "--no-views")
        return main(["--config", str(values["sheet"]), "recover", "--from", origin, *options])


@pytest.fixture
def typed(lost: Site, tmp_path: Path) -> Typed:
    """The command, right as yet."""
    return Typed(lost, tmp_path)


def test_the_wrong_words_are_told(
    lost: Site, typed: Typed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A slip in the key, a place that the sheet does not name, a sheet that is none."""
    slip = tmp_path / "khoa.txt"
    lines = lost.typed_key.read_text().splitlines()
    slip.write_text("\n".join((lines[0], lines[2], lines[3])))
    nowhere, carried = tmp_path / "none.toml", tmp_path / "courier.toml"
    carried.write_text(typed.sheet.read_text().replace('"receiver"', '"courier"'))
    wrong: tuple[tuple[str, dict[str, Path], str, str], ...] = (
        ("province", {"key": slip}, "line 2", "gõ lại bốn dòng"),
        ("moon", {}, "but: province", "tên ghi trên trang đó"),
        ("province", {"sheet": lost.config}, "as it was printed", "Quét lại mã QR"),
        ("province", {"sheet": nowhere}, "QR code", "Quét lại mã QR"),
        (str(tmp_path), {}, "is the disk mounted?", "thư mục nơi ổ đĩa đang gắn"),
        ("province", {"sheet": carried}, "no line leads to province", "thư mục nơi ổ đĩa"),
    )
    for origin, changes, said, said_vi in wrong:
        assert typed.status(origin, **changes) == 2
        told = capsys.readouterr().err
        assert said in told
        assert said_vi in told


def test_another_key_is_let_in_nowhere(
    typed: Typed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A host that does not know the key says so, and what came before stays for the right one."""
    generate_key(tmp_path / "other", "another sheet")
    assert typed.status(key=tmp_path / "other") == 4
    told = capsys.readouterr().err
    assert "Khôi phục dừng lại" in told
    assert "chạy lại đúng lệnh đó" in told
    assert not (typed.into / "catalogue.db").exists()


def test_the_wrong_envelope_with_a_disk_is_told(
    lost: Site, typed: Typed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No login guards a disk: the backups there do not open, and nothing is rebuilt unasked."""
    generate_key(tmp_path / "other", "another sheet")
    origin = str(lost.roots["usb"])
    assert typed.status(origin, sheet=lost.sheet("usb"), key=tmp_path / "other") == 3
    told = capsys.readouterr().err
    assert "phải là khóa của phiếu mới nhất" in told
    assert "--without-backup" in told
    assert not (typed.into / "catalogue.db").exists()


def test_a_folder_that_is_in_use_is_left_alone(
    typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    """Something else in it, another recovery on it, no folder at all: each has its sentence."""
    typed.into.mkdir()
    (typed.into / "letter.txt").write_text("keep")
    assert typed.status() == 2
    assert "Chọn một thư mục mới" in capsys.readouterr().err
    lock = PartLock(typed.into / "locks", "recover")
    lock.take()
    assert typed.status() == 2
    assert "đang chạy trên thư mục" in capsys.readouterr().err
    lock.release()
    assert {path.name for path in typed.into.iterdir()} == {"letter.txt", "locks", "recovery"}
    assert typed.status(into=typed.into / "letter.txt") == 4
    assert "Khôi phục dừng lại" in capsys.readouterr().err
