"""``appliance cover-sheets``: sheets for an approved list, and for nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pikepdf
import pytest

from appliance.pipeline.register import approve, import_workbook
from tests.pipeline.making import workbook_of
from tests.reports.making import APPROVAL

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.bootstrap import Appliance
    from tests.cli.making import Command


@pytest.fixture
def listed(appliance: Appliance) -> Appliance:
    """Three hồ sơ on a draft list."""
    import_workbook(appliance.catalogue, workbook_of({"HS-10": 2, "HS-2": 3, "Hồ sơ 1": 1}))
    return appliance


def page_count(path: Path) -> int:
    """Pages of a PDF."""
    with pikepdf.open(path) as document:
        return len(document.pages)


def test_a_draft_list_has_no_sheets(run: Command, listed: Appliance, tmp_path: Path) -> None:
    """Without a decision nothing is scanned: exit 3, the reason, and no file."""
    assert listed is not None
    out = tmp_path / "sheets.pdf"
    assert run("cover-sheets", "DM-01", "--out", str(out)) == 3
    assert "LIST-NOT-APPROVED" in run.told
    assert run("cover-sheets", "DM-99", "--out", str(out)) == 3
    assert "LIST-UNKNOWN" in run.told
    assert not out.exists()


@pytest.mark.parametrize(
    ("options", "pages"),
    [
        ((), 3),
        (("--only", "HS-2"), 1),
        (("--only", "HS-2", "Hồ sơ 1", "--both-sides"), 4),
        (("--rescan", "HS-10", "17"), 1),
    ],
)
def test_an_approved_list_has_a_sheet_for_each(
    run: Command, listed: Appliance, tmp_path: Path, options: tuple[str, ...], pages: int
) -> None:
    """All of them, some, both sides, or one rescan sheet."""
    approve(listed.catalogue, APPROVAL)
    out = tmp_path / "sheets.pdf"
    assert run("cover-sheets", "DM-01", "--out", str(out), *options) == 0
    assert page_count(out) == pages
    assert [path.name for path in tmp_path.glob("*.pdf*")] == ["sheets.pdf"]


def test_what_the_list_does_not_name_is_refused(
    run: Command, listed: Appliance, tmp_path: Path
) -> None:
    """A sheet for another list's hồ sơ, a number that is none, a folder that is not there."""
    approve(listed.catalogue, APPROVAL)
    out = tmp_path / "sheets.pdf"
    assert run("cover-sheets", "DM-01", "--out", str(out), "--only", "HS-2", "HS-3") == 3
    assert "LIST-LACKS-FILE-UNIT" in run.told
    assert "HS-3" in run.told
    assert run("cover-sheets", "DM-01", "--out", str(out), "--rescan", "HS-2", "0") == 2
    nowhere = tmp_path / "none" / "sheets.pdf"
    assert run("cover-sheets", "DM-01", "--out", str(nowhere)) == 4
    assert not out.exists()


def test_a_template_that_cannot_be_read_one_way_stops_the_start(
    run: Command, tmp_path: Path
) -> None:
    """The installer sees it at once, before the first file comes."""
    settings = run.config.read_text("utf-8")
    named = '\n[[scanner]]\nname = "s"\ngrouping = "name_template"\nname_template = {}\n'
    for template in ("{fonds}{unit}-{page}", ""):
        run.config.write_text(settings + named.format(json.dumps(template)), "utf-8")
        assert run("cover-sheets", "DM-01", "--out", str(tmp_path / "x.pdf")) == 2
        assert "NAME-TEMPLATE" in run.told
    flat = '\n[[scanner]]\nname = "s"\nname_template = "{file_code}-{page}"\n'
    run.config.write_text(settings + flat, "utf-8")
    assert run("cover-sheets", "DM-01", "--out", str(tmp_path / "x.pdf")) == 2
    assert "name_template" in run.told
