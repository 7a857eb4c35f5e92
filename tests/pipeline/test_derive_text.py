"""What is recorded of reading the pages: per page, on the hồ sơ, in the package."""

from __future__ import annotations

import json
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlmodel import col, select

from appliance.catalogue import leases, masters
from appliance.catalogue.masters import findings_of, findings_text
from appliance.catalogue.tables import PageRow
from appliance.domain.findings import Finding
from appliance.imaging.derivation import DerivationOptions
from appliance.imaging.ocr import ocr_version
from tests.pipeline.making import Bench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.workers.pool import WorkerPool

TABLE = "5\\t1\\t1\\t1\\t1\\t%d\\t60\\t100\\t80\\t30\\t%d\\t%s\\n"
"""A row of a word in tesseract's TSV (tesseract(1)): its place, its confidence, its text."""
PROGRAM = """#!/bin/sh
case "$1" in
--version) echo "tesseract 5.3.0" ;;
--list-langs) echo 'List of available languages in "{folder}" (1):' ;;
*) {does} ;;
esac
"""
ENDINGS: dict[str, tuple[str, list[str], int | None]] = {
    "failed": ("kill -SEGV $$", ["TEXT-FAILED"], None),
    "timed_out": ("while :; do :; done", ["TEXT-TIMED-OUT"], None),
    "unsure": (f'printf "{TABLE}"' % (1, 31, "Nghi"), ["TEXT-UNSURE"], 31),
    "found": (f'printf "{TABLE}"' % (1, 91, "Nghi"), [], 91),
    "no_text": ("true", [], None),
}
"""By outcome: what the program does, the findings and the confidence of the page."""
READ_TURNED = """
    case "$*" in
    *--psm\\ 0*) printf "Rotate: %d\\nOrientation confidence: 9.00\\n" ;;
    *)  echo >> {asked}
        [ $(($(wc -l < {asked}) %% 2)) = 1 ] && sure=31 || sure=91
        printf "%s" $sure ;;
    esac
"""
"""Each page is read badly as it lies, then said to lie otherwise, then read well."""


@pytest.fixture
def reviewed(tmp_path: Path, pool: WorkerPool) -> Iterator[Bench]:
    """A hồ sơ of the fonds TH with two reviewed pages, to be read."""
    bench = Bench(tmp_path / "box", pool, options=DerivationOptions(text_seconds=1))
    bench.with_places()
    bench.register({"HS-01": 2})
    bench.drop_pages("HS-01", 2)
    bench.inspect_stage().run_once("test:1")
    while bench.assemble_stage().run_once("test:1"):
        pass
    ocr_version.cache_clear()  # this process may know the real engine already
    yield bench
    ocr_version.cache_clear()
    bench.close()


def read_with(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    does: str,
    fonds_options: dict[str, DerivationOptions] | None = None,
    threads: int = 2,
) -> list[PageRow]:
    """Derive with another program in the place of tesseract; the pages, by number."""
    folder = bench.folder / "engine"
    folder.mkdir()
    program = folder / "tesseract"
    program.write_text(PROGRAM.format(folder=folder, does=does))
    program.chmod(0o755)
    (folder / "vie.traineddata").write_bytes(b"none")
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    with ThreadPoolExecutor(threads) as executor:
        stage = replace(bench.derive_stage(), executor=executor, fonds_options=fonds_options or {})
        assert stage.run_once("test:1") == 2
    with bench.catalogue.read() as session:
        return list(session.exec(select(PageRow).order_by(col(PageRow.number))).all())


def text_codes(page: PageRow) -> list[str]:
    """The findings about the text of a page."""
    found = findings_of(page.findings)
    return [finding.code for finding in found if finding.code.startswith("TEXT-")]


@pytest.mark.parametrize("outcome", ENDINGS)
def test_a_page_without_text_says_why_and_goes_on(
    reviewed: Bench, monkeypatch: pytest.MonkeyPatch, outcome: str
) -> None:
    """Whatever becomes of the reading, the page is derived, and its finding tells how it ended."""
    does, codes, confidence = ENDINGS[outcome]
    pages = read_with(reviewed, monkeypatch, does)
    assert [json.loads(page.derivation or "")["text_outcome"] for page in pages] == [outcome] * 2
    assert [text_codes(page) for page in pages] == [codes] * 2
    assert [page.ocr_confidence for page in pages] == [confidence] * 2
    assert [page.words_sha256 is not None for page in pages] == [outcome == "found"] * 2
    assert reviewed.unit("HS-01").state == "derived"
    (event,) = reviewed.events("normalization")
    assert event["text"] == {outcome: 2}
    assert event["text_confidence"] == [confidence] * 2


@pytest.mark.parametrize(("degrees", "code"), [(180, "QUALITY-UPSIDE-DOWN"), (90, "TEXT-SIDEWAYS")])
def test_a_page_that_was_read_turned_is_told(
    reviewed: Bench, monkeypatch: pytest.MonkeyPatch, degrees: int, code: str
) -> None:
    """On the page, in its record and on the hồ sơ, which goes on; the page has its text."""
    asked = reviewed.folder / "asked"
    word = TABLE.replace("%d\\t60", "1\\t60").replace("%s\\n", "Nghi\\n")
    does = (READ_TURNED % (degrees, word)).format(asked=asked)
    pages = read_with(reviewed, monkeypatch, does, threads=1)
    assert [turn_codes(page) for page in pages] == [[code]] * 2
    assert [json.loads(page.derivation or "")["text_turn_degrees"] for page in pages] == [
        degrees
    ] * 2
    assert [page.ocr_confidence for page in pages] == [91, 91]
    assert all(page.words_sha256 is not None for page in pages)
    (event,) = reviewed.events("normalization")
    assert event["text_turned"] == {"1": degrees, "2": degrees}
    assert reviewed.unit("HS-01").state == "derived"


def turn_codes(page: PageRow) -> list[str]:
    """The findings about the way a page lies."""
    codes = {"QUALITY-UPSIDE-DOWN", "TEXT-SIDEWAYS"}
    return [one.code for one in findings_of(page.findings) if one.code in codes]


def test_read_anew_a_page_is_told_once(reviewed: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later reading takes the place of the first; what intake found of the page stays."""
    asked = reviewed.folder / "asked"
    word = TABLE.replace("%d\\t60", "1\\t60").replace("%s\\n", "Nghi\\n")
    read_with(reviewed, monkeypatch, (READ_TURNED % (180, word)).format(asked=asked), threads=1)
    with reviewed.catalogue.write() as writing:
        first, second = writing.session.exec(select(PageRow).order_by(col(PageRow.number)))
        values = {"is_derived": 0, **leases.done(writing.now)}
        own = findings_text([Finding("QUALITY-UPSIDE-DOWN", "0002.png")])
        masters.update_page(writing, first.id or 0, values)
        masters.update_page(writing, second.id or 0, {**values, "findings": own})
    with ThreadPoolExecutor(1) as executor:
        assert replace(reviewed.derive_stage(), executor=executor).run_once("test:1") == 2
    with reviewed.catalogue.read() as session:
        pages = session.exec(select(PageRow).order_by(col(PageRow.number))).all()
    assert [turn_codes(page) for page in pages] == [["QUALITY-UPSIDE-DOWN"]] * 2
    (kept,) = [one for one in findings_of(pages[1].findings) if one.code in turn_codes(pages[1])]
    assert dict(kept.values) == {}


def test_a_fonds_is_derived_as_it_asks(reviewed: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fonds whose text is switched off is never read, and the record says so."""
    silent = DerivationOptions(reads_text=False)
    by_fonds = {"BT": DerivationOptions(), "TH": silent}
    pages = read_with(reviewed, monkeypatch, f"touch {reviewed.folder}/asked", by_fonds)
    assert not (reviewed.folder / "asked").exists()
    assert [text_codes(page) for page in pages] == [[], []]
    (event,) = reviewed.events("normalization")
    assert event["text"] == {"switched_off": 2}
    assert event["text_engines"] == []


def test_the_package_tells_how_sure_the_reader_was(
    reviewed: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The confidence of each page, the engine and what became of the images are in its PREMIS."""
    read_with(reviewed, monkeypatch, f'printf "{TABLE}"' % (1, 91, "Nghi"))
    reviewed.settle()
    (package,) = reviewed.packages()
    with zipfile.ZipFile(reviewed.package_path(package)) as archive:
        names = [one for one in archive.namelist() if "premis" in one.rpartition("/")[2].lower()]
        texts = [archive.read(one).decode("utf-8").replace("&quot;", '"') for one in names]
    said = next(text for text in texts if "normalization" in text)
    assert '"text_confidence":[91,91]' in said
    assert '"images":{"png-data-unchanged":2}' in said
    assert "tesseract 5.3.0; vie sha256:" in said
