"""Corrections: a sealed hồ sơ becomes version n+1, and version n stays as it was."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from appliance.catalogue import corrections as records
from appliance.catalogue.overview import box_facts
from appliance.catalogue.parked import Wanted
from appliance.domain.errors import RuleError
from appliance.domain.findings import Verdict
from appliance.domain.rules import judge, sentence
from appliance.packaging.verify import verify_path
from appliance.pipeline import corrections
from appliance.pipeline.package_forms import PackageForms
from appliance.pipeline.package_forms import Wanted as WantedForm
from appliance.pipeline.register import import_workbook
from appliance.spreadsheet.workbook import Workbook
from tests.pipeline.making import BOX_ID, FONDS_ROW, Bench, codes_of, unit_row
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from pathlib import Path

CODE = "HS-01"
WHY = "Trang 2 bị quét mờ"
AGENT = "person:tester"


def start(bench: Bench, reason: str = WHY) -> corrections.Correction:
    """Open the sealed hồ sơ."""
    with bench.catalogue.write() as writing:
        return corrections.start(writing, CODE, reason, AGENT)


def finish(bench: Bench) -> corrections.Correction:
    """Say that the correction is complete, and let the stages run."""
    with bench.catalogue.write() as writing:
        found = corrections.finish(writing, CODE, AGENT)
    bench.settle()
    return found


def reimport(bench: Bench, pages: int = 2, **changes: str) -> None:
    """Import the row of the hồ sơ again with other words."""
    row = unit_row(CODE, pages, 3, **changes)
    import_workbook(bench.catalogue, Workbook(fonds=(FONDS_ROW,), file_units=(row,)))


def part_of(path: Path, name: str) -> str:
    """One text of a package by the end of its name."""
    with zipfile.ZipFile(path) as package:
        (found,) = [one for one in package.namelist() if one.endswith(name)]
        return package.read(found).decode("utf-8")


def refusal(caught: pytest.ExceptionInfo[RuleError]) -> str:
    """The code of the one finding of a refusal."""
    (finding,) = caught.value.findings
    assert finding.where in sentence(finding)
    return finding.code


def test_a_rescanned_page_makes_the_second_version(bench: Bench) -> None:
    """The whole way: open, rescan, finish; both versions lie whole, the new one names the old."""
    (first,) = bench.sealed({CODE: 2})
    before = bench.package_path(first).read_bytes()
    start(bench)
    bench.drop(CODE, "0002.png", page_bytes(60))
    bench.settle()
    assert [finding.code for finding in bench.unit_findings(CODE)] == ["CORRECTION-OPEN"]
    assert WHY in sentence(bench.unit_findings(CODE)[0])
    assert finish(bench).changes.replaced == (2,)
    old, new = bench.packages()
    assert bench.package_path(old).read_bytes() == before
    assert (old.version, new.version, new.objid != old.objid) == (1, 2, True)
    (report,) = verify_path(bench.package_path(new), deep=True)
    assert judge(report.findings, complete=not report.not_checked) is Verdict.PASS
    info = part_of(bench.package_path(new), "/bag-info.txt")
    assert f"Package-Version: 2\nPackage-Predecessor: {old.objid}\n" in info
    assert [row.state for row in bench.masters()] == ["sealed", "replaced", "sealed"]
    assert [row.package_id for row in bench.deposits()] == [old.id, new.id]


def test_the_new_version_says_what_it_is(bench: Bench) -> None:
    """Its METS says REPLACEMENT, its PREMIS names the version before and why it was corrected."""
    (first,) = bench.sealed({CODE: 2})
    start(bench)
    reimport(bench, title="Tiêu đề đã sửa")
    assert finish(bench).changes.fields == ("title",)
    path = bench.package_path(bench.packages()[1])
    with zipfile.ZipFile(path) as package:
        names = sorted(package.namelist(), key=len)
        mets = package.read(next(name for name in names if name.endswith("/METS.xml"))).decode()
    assert 'RECORDSTATUS="REPLACEMENT"' in mets
    premis = part_of(path, "/PREMIS.xml")
    assert first.objid in premis
    assert "is version of" in premis
    assert WHY in premis
    assert [event["step"] for event in bench.events("modification")] == ["opened", "finished"]


def test_pages_that_are_only_added_make_a_supplement(bench: Bench) -> None:
    """RECORDSTATUS tells more pages from other pages."""
    bench.sealed({CODE: 2})
    start(bench, "Bổ sung trang 3 bị sót")
    reimport(bench, 3)
    bench.drop(CODE, "0003.png", page_bytes(61))
    bench.settle()
    assert finish(bench).changes.record_status == "SUPPLEMENT"
    assert bench.packages()[1].page_count == 3


def test_versions_follow_one_another(bench: Bench) -> None:
    """The third version names the second."""
    bench.sealed({CODE: 2})
    for title in ("Tiêu đề thứ hai", "Tiêu đề thứ ba"):
        start(bench)
        reimport(bench, title=title)
        finish(bench)
    _first, second, third = bench.packages()
    info = part_of(bench.package_path(third), "/bag-info.txt")
    assert f"Package-Version: 3\nPackage-Predecessor: {second.objid}\n" in info


def test_nothing_is_corrected_without_being_opened(bench: Bench) -> None:
    """A late page is parked with the way to a correction; opened and retried it is taken."""
    bench.sealed({CODE: 2})
    late = bench.drop(CODE, "0002.png", page_bytes(60))
    assert codes_of(late) == ["INTAKE-FILE-UNIT-SEALED"]
    start(bench)
    assert bench.parked_stage().retry(Wanted(ids=frozenset({late.id or 0}))) == 1
    bench.settle()
    assert [row.state for row in bench.masters()] == ["sealed", "replaced", "inspected"]


@pytest.mark.parametrize(
    ("code", "reason", "expected"),
    [
        ("HS-99", WHY, "INTAKE-UNKNOWN-FILE-UNIT"),
        (CODE, "  sai ", "CORRECTION-NO-REASON"),
        (CODE, "x" * 501, "CORRECTION-NO-REASON"),
        (CODE, "sai\x00trang", "CORRECTION-NO-REASON"),
        ("HS-02", WHY, "CORRECTION-NOT-SEALED"),
    ],
)
def test_what_cannot_be_opened_is_refused(
    bench: Bench, code: str, reason: str, expected: str
) -> None:
    """Unknown, unsealed, or without a reason that says something: nothing changes."""
    bench.with_places()
    bench.register({CODE: 2, "HS-02": 2})
    bench.drop_pages(CODE, 2)
    bench.settle()
    with bench.catalogue.write() as writing, pytest.raises(RuleError) as caught:
        corrections.start(writing, code, reason, AGENT)
    assert refusal(caught) == expected
    assert bench.unit(CODE).state == "sealed"


def test_a_correction_that_changed_nothing_is_withdrawn(bench: Bench) -> None:
    """It cannot be finished, and leaves the hồ sơ sealed as it was; another can be opened."""
    bench.sealed({CODE: 2})
    start(bench)
    bench.settle()
    with bench.catalogue.write() as writing, pytest.raises(RuleError) as caught:
        corrections.finish(writing, CODE, AGENT)
    assert refusal(caught) == "CORRECTION-NOTHING-CHANGED"
    with bench.catalogue.write() as writing:
        corrections.withdraw(writing, CODE, AGENT)
    bench.settle()
    assert (bench.unit(CODE).state, bench.unit_findings(CODE)) == ("sealed", ())
    assert len(bench.packages()) == 1
    assert start(bench).row.version == 2


def test_a_withdrawn_correction_leaves_what_was_minted(bench: Bench, tmp_path: Path) -> None:
    """Other forms of the package that stands are made as before it was opened."""
    (package,) = bench.sealed({CODE: 2})
    before = bench.unit(CODE)
    start(bench)
    with bench.catalogue.write() as writing:
        corrections.withdraw(writing, CODE, AGENT)
    after = bench.unit(CODE)
    assert after.objid == package.objid
    assert (after.minted_at, after.minted_counter) == (before.minted_at, before.minted_counter)
    forms = PackageForms(bench.catalogue, bench.store, bench.work, BOX_ID)
    assert forms.write(WantedForm(CODE, "aip_hoso", tmp_path / "out", "", AGENT)).size_bytes > 0


def test_a_correction_that_changed_something_is_not_withdrawn(bench: Bench) -> None:
    """What was taken in does not vanish by a button."""
    bench.sealed({CODE: 2})
    start(bench)
    bench.drop(CODE, "0002.png", page_bytes(60))
    with bench.catalogue.write() as writing, pytest.raises(RuleError) as caught:
        corrections.withdraw(writing, CODE, AGENT)
    assert refusal(caught) == "CORRECTION-CHANGED"


def test_an_ended_correction_is_ended(bench: Bench) -> None:
    """After its seal there is none to finish, and the record of it stays."""
    bench.sealed({CODE: 2})
    start(bench)
    reimport(bench, title="Tiêu đề đã sửa")
    finish(bench)
    with bench.catalogue.write() as writing, pytest.raises(RuleError) as caught:
        corrections.finish(writing, CODE, AGENT)
    assert refusal(caught) == "CORRECTION-NONE"
    with bench.catalogue.read() as session:
        (row,) = records.corrections_of(session, bench.unit(CODE).id or 0)
    assert (row.version, row.reason, row.agent) == (2, WHY, AGENT)


def facts(bench: Bench) -> tuple[int, int]:
    """Hồ sơ that are proved everywhere, and those whose correction is not."""
    with bench.catalogue.read() as session:
        found = box_facts(session, bench.clock.now())
    return found.proved_everywhere, found.correcting


def test_what_is_proved_of_the_old_is_not_said_of_the_new(bench: Bench) -> None:
    """Both versions are deposited; until the second is proved everywhere it is not called safe."""
    bench.sealed({CODE: 2})
    far = {place: bench.far_side(place) for place in ("province", "ministry")}

    def deposit(*places: str) -> None:
        for place in places:
            bench.deposit_stage(far[place], place).run_once(f"sync:{place}:1")

    deposit("province", "ministry")
    assert facts(bench) == (1, 0)
    start(bench)
    assert facts(bench) == (0, 1)
    reimport(bench, title="Tiêu đề đã sửa")
    finish(bench)
    assert facts(bench) == (0, 1)
    deposit("province")
    assert facts(bench) == (0, 1)
    deposit("ministry")
    assert facts(bench) == (1, 0)
    assert [row.state for row in bench.deposits()] == ["proved", "proved"]


def test_a_withdrawn_correction_leaves_what_was_proved(bench: Bench) -> None:
    """Opened and given up, the hồ sơ is as safe as before."""
    bench.sealed({CODE: 2})
    for place in ("province", "ministry"):
        bench.deposit_stage(bench.far_side(place), place).run_once(f"sync:{place}:1")
    start(bench)
    with bench.catalogue.write() as writing:
        corrections.withdraw(writing, CODE, AGENT)
    assert facts(bench) == (1, 0)
