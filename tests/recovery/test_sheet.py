"""The printed sheet: rendered as a printer would, its codes read back give a working key."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from appliance.cli.main import main
from appliance.config.sheet_places import Sheet, SheetPlace, from_text, to_text
from appliance.domain.errors import ConfigError
from appliance.domain.recovery_key import typed_lines
from appliance.reports.recovery_sheet import PlacePage, RecoverySheet, recovery_sheet_pdf
from appliance.service.recovering import key_file, read_recovery_key
from appliance.signing.encryption import decrypt_file, encrypt_file
from appliance.signing.keys import load_key, new_key
from tests.service.making import QuickSite

if TYPE_CHECKING:
    from appliance.signing.keys import MachineKey

QR_CODES = zxingcpp.barcode_formats_from_str("QRCode")
DPI = 150
"""A poor office printer and a phone held by a tired hand see about as much."""

KEY_LINE = new_key().public.line()
PLACES = (
    SheetPlace(
        "province", "Kho lưu trữ tỉnh", "receiver", "store-province", KEY_LINE,
        "10.0.0.12", 2222, "appliance-store", (KEY_LINE,),
    ),
    SheetPlace("disk", "Ổ đĩa “xanh”", "folder", "store-disk", path="/mnt/đĩa 1"),
)  # fmt: skip
SHEET = Sheet("box-01", (KEY_LINE,), PLACES)

needs_poppler = pytest.mark.skipif(
    shutil.which("pdftoppm") is None, reason="poppler-utils is not installed"
)


def printed(key: MachineKey) -> RecoverySheet:
    """A sheet with two places."""
    pages = tuple(
        PlacePage(one.name, one.label, (one.host,), to_text(replace(SHEET, places=(one,))))
        for one in PLACES
    )
    return RecoverySheet(
        "box-01",
        "Máy số 1",
        dt.date(2026, 11, 22),
        "archive-appliance 0.1.0",
        key.public.line(),
        key.openssh_form().decode(),
        typed_lines(key.seed()),
        pages,
    )


def codes_of(pdf: Path, folder: Path) -> list[str]:
    """The texts of every QR code on the rendered pages, in their order."""
    subprocess.run(["pdftoppm", "-gray", "-r", str(DPI), str(pdf), str(folder / "p")], check=True)
    found = []
    for path in sorted(folder.glob("p-*.pgm")):
        with Image.open(path) as page:
            codes = zxingcpp.read_barcodes(np.asarray(page), QR_CODES)
        found += [code.bytes.decode("utf-8") for code in codes]
    return found


@needs_poppler
def test_the_rendered_sheet_gives_a_working_key(tmp_path: Path) -> None:
    """The code of the first page is a key that opens what was encrypted to its public half."""
    key = new_key()
    (tmp_path / "sheet.pdf").write_bytes(recovery_sheet_pdf(printed(key)))
    private, *places = codes_of(tmp_path / "sheet.pdf", tmp_path)
    (tmp_path / "khoa").write_text(private)
    (tmp_path / "plain").write_bytes(b"catalogue")
    encrypt_file(tmp_path / "plain", tmp_path / "sealed", key.public)
    decrypt_file(tmp_path / "sealed", tmp_path / "again", read_recovery_key(tmp_path / "khoa"))
    assert (tmp_path / "again").read_bytes() == b"catalogue"
    assert [from_text(text).places[0] for text in places] == list(PLACES)


@needs_poppler
def test_the_printed_lines_can_be_typed(tmp_path: Path) -> None:
    """What stands in the PDF as text is what the command reads."""
    key = new_key()
    (tmp_path / "sheet.pdf").write_bytes(recovery_sheet_pdf(printed(key)))
    command = ["pdftotext", "-f", "1", "-l", "1", str(tmp_path / "sheet.pdf"), "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    (tmp_path / "khoa").write_text(text)
    assert read_recovery_key(tmp_path / "khoa").public == key.public


@needs_poppler
def test_the_sheet_of_places_holds_no_secret(tmp_path: Path) -> None:
    """The pages that are printed anew after a change name no private half."""
    key = new_key()
    sheet = replace(printed(key), private_key="", typed_lines=())
    (tmp_path / "sheet.pdf").write_bytes(recovery_sheet_pdf(sheet))
    texts = codes_of(tmp_path / "sheet.pdf", tmp_path)
    assert len(texts) == len(PLACES)
    assert not any("PRIVATE" in text for text in texts)


def test_the_text_of_a_sheet_comes_back() -> None:
    """Every value, Vietnamese letters and quotes among them."""
    assert from_text(to_text(SHEET)) == SHEET
    with pytest.raises(ConfigError, match="as it was printed"):
        from_text(to_text(SHEET).replace("store_id", "storeid"))
    with pytest.raises(ConfigError, match="province, disk"):
        SHEET.place("moon")


def test_the_key_for_the_line_is_on_no_disk() -> None:
    """SSH reads it from memory; it is gone with the recovery."""
    key = new_key()
    with key_file(key) as path:
        assert load_key(path).public == key.public
    assert not path.exists()


def test_the_command_writes_a_sheet_once(tmp_path: Path) -> None:
    """The public half stays, the private one is in the PDF alone; a second key is asked for."""
    site = QuickSite(tmp_path / "site")
    site.start()
    try:
        public = site.folder / "state" / "keys" / "recovery.pub"
        public.unlink()
        sheet = tmp_path / "phieu.pdf"
        command = ["--config", str(site.config), "recovery-sheet", "--out"]
        assert main([*command, str(sheet)]) == 0
        first = public.read_text()
        assert sheet.read_bytes().startswith(b"%PDF")
        assert sheet.stat().st_mode & 0o077 == 0
        again = [*command, str(tmp_path / "b.pdf")]
        assert main(again) == 2
        assert main([*again, "--places-only"]) == 0
        assert public.read_text() == first
        assert main([*command, str(tmp_path / "c.pdf"), "--new-key"]) == 0
        assert public.read_text() != first
        held = [path for path in Path(site.folder).rglob("*") if path.is_file()]
        private = {path.name for path in held if b"PRIVATE KEY" in path.read_bytes()}
        assert private <= {"box", "recovery", "host_key", "key"}
    finally:
        site.stop()
