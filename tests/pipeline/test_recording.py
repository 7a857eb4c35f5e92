"""Many files in one transaction: each sees those before it, as if it had come alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import event

from appliance.pipeline.rescan import WEB_SCANNER
from tests.pipeline.making import codes_of
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from appliance.catalogue.tables import MasterRow
    from tests.pipeline.making import Bench

PAGE = page_bytes(1)


def take_at_once(bench: Bench, *drops: tuple[bytes, tuple[str, ...]]) -> list[MasterRow]:
    """Accept some drops in one transaction; their rows, in the order of the drops."""
    claims = [bench.claim(data, *parts) for data, parts in drops]
    assert bench.accept_stage().accept_many(claims) == len(drops)
    return [bench.master(claim) for claim in claims]


def test_equal_bytes_of_one_transaction_are_noticed(bench: Bench) -> None:
    """The same number twice is a duplicate, another number gets its warning."""
    bench.register({"HS-01": 2})
    first, again, other = take_at_once(
        bench,
        (PAGE, ("scan01", "HS-01", "0001.png")),
        (PAGE, ("scan01", "HS-01", "0001.png")),
        (PAGE, ("scan01", "HS-01", "0002.png")),
    )
    assert [row.state for row in (first, again, other)] == ["accepted", "duplicate", "accepted"]
    assert again.other_id == first.id
    assert codes_of(other) == ["INTAKE-SAME-BYTES"]


def test_rescans_of_one_transaction_replace_one_another(bench: Bench) -> None:
    """Of three scans under one name the last one holds the number; two are history."""
    bench.register({"HS-01": 1})
    parts = ("scan01", "HS-01", "0001.png")
    rows = take_at_once(bench, *((page_bytes(seed), parts) for seed in (1, 2, 3)))
    assert [row.state for row in rows] == ["replaced", "replaced", "accepted"]
    assert len(bench.events("replacement")) == 2


def test_a_page_handed_in_on_the_screen_is_no_twin(bench: Bench) -> None:
    """Whoever replaces a page there has said so, however soon after the scan."""
    bench.register({"HS-01": 1})
    bench.drop("HS-01", "1.png", PAGE)
    (row,) = take_at_once(bench, (page_bytes(2), (WEB_SCANNER, "HS-01", "0001.png")))
    assert (row.state, codes_of(row)) == ("accepted", ["INTAKE-RESCANNED"])


def test_an_unknown_folder_is_looked_for_once_for_all_its_files(bench: Bench) -> None:
    """A burst into a folder of a wrong name does not walk the register for each file."""
    bench.register({"HS-01": 1})
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    drops = [(page_bytes(n), ("scan01", "HS-99", f"{n:04d}.png")) for n in range(1, 6)]
    event.listen(bench.catalogue.engine, "before_cursor_execute", note)
    rows = take_at_once(bench, *drops)
    event.remove(bench.catalogue.engine, "before_cursor_execute", note)
    assert {row.cause for row in rows} == {"INTAKE-UNKNOWN-FILE-UNIT"}
    assert sum(" LIKE " in statement for statement in asked) == 1
