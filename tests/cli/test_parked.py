"""``parked list`` and ``parked retry``: by number, by cause, and no longer than asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.pipeline.register import import_workbook
from tests.cli.making import take
from tests.pipeline.making import workbook_of
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from appliance.bootstrap import Appliance
    from tests.cli.making import Command

UNKNOWN = "INTAKE-UNKNOWN-FILE-UNIT"


@pytest.fixture
def three(appliance: Appliance) -> Appliance:
    """Two pages of an unknown hồ sơ, and a file that is no image."""
    for number in (1, 2):
        take(appliance, "HS-01", f"{number:04d}.png", page_bytes(number))
    take(appliance, "HS-01", "0003.png", b"no image")
    return appliance


def test_the_list_is_by_cause_and_no_longer_than_asked(run: Command, three: Appliance) -> None:
    """Causes with their counts first, then so many files; the rest is counted, not forgotten."""
    assert three.settings.box.id
    assert run("parked", "list", "--limit", "1") == 1
    assert f"2  {UNKNOWN}" in run.out
    assert "1  INTAKE-NOT-IMAGE" in run.out
    assert "3 parked, 1 of them listed" in run.out
    assert run("parked", "list", "--cause", "INTAKE-NOT-IMAGE", "--json") == 1
    facts = run.facts()
    assert (facts["total"], [row["cause"] for row in facts["parked"]]) == (1, ["INTAKE-NOT-IMAGE"])
    assert run("parked", "list", "--cause", "NO-SUCH-CAUSE") == 0


def test_one_cause_is_retried_and_no_other(run: Command, three: Appliance) -> None:
    """When the register knows the hồ sơ, its pages go on; the bad file stays."""
    import_workbook(three.catalogue, workbook_of({"HS-01": 2}))
    assert run("parked", "retry", "--cause", UNKNOWN) == 0
    assert "2 of 2" in run.out
    assert run("parked", "retry") == 1
    assert "0 of 1" in run.out


@pytest.mark.parametrize("limit", ["-1", "x", "9999999999999999999999"])
def test_a_limit_is_a_number_of_files(run: Command, limit: str) -> None:
    """Anything else is wrong usage."""
    with pytest.raises(SystemExit) as caught:
        run("parked", "list", "--limit", limit)
    assert caught.value.code == 2
