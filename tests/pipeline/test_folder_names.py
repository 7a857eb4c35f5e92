"""What folders mean is looked up together: a batch of strange names costs one scan of the codes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from appliance.catalogue.file_codes import file_unit_named, file_units_named
from appliance.catalogue.parked import Wanted
from tests.pipeline.making import Bench, codes_of
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

STRANGE = 20


@contextmanager
def scans(bench: Bench) -> Iterator[list[str]]:
    """Every statement meanwhile that looks at all codes."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own
        if "length(file_unit.file_code)" in statement:
            seen.append(statement)

    event.listen(bench.catalogue.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(bench.catalogue.engine, "before_cursor_execute", note)


def drop_strangers(bench: Bench) -> None:
    """One batch of drops, each in a folder that no register knows letter by letter."""
    claims = [
        bench.claim(page_bytes(number), "scan01", f"hs-{number:02d}", "0001.png")
        for number in range(1, STRANGE + 1)
    ]
    assert bench.accept_stage().accept_many(claims) == STRANGE


def test_a_batch_of_strange_folders_costs_one_scan(bench: Bench) -> None:
    """Twenty folders that differ from their codes by case, and each finds its own hồ sơ."""
    bench.register({f"HS-{number:02d}": 1 for number in range(1, STRANGE + 1)})
    with scans(bench) as seen:
        drop_strangers(bench)
    assert len(seen) == 1
    assert len({row.file_unit_id for row in bench.masters()}) == STRANGE
    assert {row.state for row in bench.masters()} == {"accepted"}


def test_parked_strangers_are_judged_again_by_one_scan(bench: Bench) -> None:
    """A slice of parked files is one look-up, whether it helps or not."""
    drop_strangers(bench)
    assert {code for row in bench.masters() for code in codes_of(row)} == {
        "INTAKE-UNKNOWN-FILE-UNIT"
    }
    with scans(bench) as seen:
        assert bench.parked_stage().retry(Wanted(cause="INTAKE-UNKNOWN-FILE-UNIT")) == 0
    assert len(seen) == 1
    bench.register({f"HS-{number:02d}": 1 for number in range(1, STRANGE + 1)})
    with scans(bench) as seen:
        assert bench.parked_stage().retry(Wanted(cause="INTAKE-UNKNOWN-FILE-UNIT")) == STRANGE
    assert len(seen) == 1


@pytest.mark.parametrize("others", [[], ["other"], ["other", "HS-Đ1", "hs_đ1", "%"]])
def test_one_name_means_the_same_among_many(bench: Bench, others: list[str]) -> None:
    """Alone it is found by a pattern, among others by its folded code."""
    bench.register({"HS-Đ1": 1, "HS.Đ2": 1})
    with bench.catalogue.read() as session:
        for name in ("hs-đ1", "HS-Đ1", "hs.đ2", "hs-đ2", "nobody"):
            alone = file_unit_named(session, name)
            among = file_units_named(session, [name, *others])[name]
            assert alone == among, name
        assert file_unit_named(session, "hs-đ1").unit is not None
        assert file_unit_named(session, "hs-đ2").unit is None
