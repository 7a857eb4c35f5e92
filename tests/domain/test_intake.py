"""What becomes of an arriving file: every branch of the decision."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from appliance.domain.intake import Arrival, decide
from appliance.domain.rules import RULES, is_blocking, sentence, todo
from appliance.domain.states import MASTER_INITIAL, MASTER_TABLE, FileUnitState, MasterEvent

GOOD = Arrival(
    name="0017.tif",
    folder="PL.1976-01",
    number=17,
    is_image=True,
    is_whole=True,
    problem="",
    problem_en="",
    waited_seconds=0,
    unit_state=FileUnitState.SCANNING,
)


def _changed(**changes: object) -> Arrival:
    return replace(GOOD, **changes)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    ("arrival", "event", "codes", "replaces"),
    [
        (GOOD, MasterEvent.ACCEPT, [], False),
        (_changed(folder=None), MasterEvent.PARK, ["INTAKE-BAD-PLACE"], False),
        (_changed(is_image=False), MasterEvent.PARK, ["INTAKE-NOT-IMAGE"], False),
        (_changed(number=None), MasterEvent.PARK, ["INTAKE-BAD-NAME"], False),
        (_changed(is_whole=False), MasterEvent.PARK, ["INTAKE-INCOMPLETE"], False),
        (_changed(unit_state=None), MasterEvent.PARK, ["INTAKE-UNKNOWN-FILE-UNIT"], False),
        (
            _changed(unit_state=FileUnitState.SEALED),
            MasterEvent.PARK,
            ["INTAKE-FILE-UNIT-SEALED"],
            False,
        ),
        (_changed(holds_number="same"), MasterEvent.RECOGNISE, ["INTAKE-DUPLICATE"], False),
        (
            _changed(holds_number="same", unit_state=FileUnitState.SEALED),
            MasterEvent.RECOGNISE,
            ["INTAKE-DUPLICATE"],
            False,
        ),
        (
            _changed(holds_number="other", unit_state=FileUnitState.SEALED),
            MasterEvent.PARK,
            ["INTAKE-FILE-UNIT-SEALED"],
            False,
        ),
        (_changed(holds_number="other"), MasterEvent.ACCEPT, ["INTAKE-RESCANNED"], True),
        (_changed(same_bytes_number=3), MasterEvent.ACCEPT, ["INTAKE-SAME-BYTES"], False),
        (
            _changed(holds_number="other", same_bytes_number=3),
            MasterEvent.ACCEPT,
            ["INTAKE-RESCANNED", "INTAKE-SAME-BYTES"],
            True,
        ),
    ],
)
def test_each_branch(
    arrival: Arrival, event: MasterEvent, codes: list[str], *, replaces: bool
) -> None:
    """One fact changed at a time gives its event, its findings, and whether a page gives way."""
    decision = decide(arrival)
    assert decision.event is event
    assert [finding.code for finding in decision.findings] == codes
    assert decision.replaces is replaces


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"folder": None}, {"is_image": False}),
        ({"is_image": False}, {"number": None}),
        ({"number": None}, {"is_whole": False}),
        ({"is_whole": False}, {"unit_state": None}),
        ({"unit_state": None}, {"holds_number": "same"}),
    ],
)
def test_the_first_obstacle_is_told(first: dict[str, object], second: dict[str, object]) -> None:
    """Of two reasons the one that a person must mend first is told."""
    assert decide(_changed(**first, **second)) == decide(_changed(**first))


@pytest.mark.parametrize(
    ("waited_seconds", "vi", "en"),
    [
        (1, "sau 1 giây chờ", "after 1 second:"),
        (59, "sau 59 giây chờ", "after 59 seconds:"),
        (60, "sau 1 phút chờ", "after 1 minute:"),
        (900, "sau 15 phút chờ", "after 15 minutes:"),
    ],
)
def test_a_short_patience_is_told_in_seconds(waited_seconds: int, vi: str, en: str) -> None:
    """Nobody reads that a page was given up after zero minutes."""
    (told,) = decide(_changed(is_whole=False, waited_seconds=waited_seconds)).findings
    assert vi in sentence(told)
    assert en in sentence(told, "en")


def _every_arrival() -> list[Arrival]:
    kinds = product(
        (None, "PL.1976-01"),
        (None, 17),
        (False, True),
        (False, True),
        (None, *FileUnitState),
        ("none", "same", "other"),
        (None, 3),
    )
    return [
        Arrival("0017.tif", folder, number, image, whole, "hỏng", "broken", 15, state, holds, same)
        for folder, number, image, whole, state, holds, same in kinds
    ]


def test_every_arrival_has_a_place_and_a_reason() -> None:
    """Nothing that arrives is left without a state; what is not taken says why and what to do."""
    first_events = MASTER_TABLE[MASTER_INITIAL]
    for arrival in _every_arrival():
        decision = decide(arrival)
        assert decision.event in first_events
        blocking = [finding for finding in decision.findings if is_blocking(finding)]
        assert bool(blocking) == (decision.event is MasterEvent.PARK)
        assert not decision.replaces or decision.event is MasterEvent.ACCEPT
        for finding in decision.findings:
            assert finding.where == arrival.name
            for language in ("vi", "en"):
                assert "–" not in sentence(finding, language) + todo(finding, language)


def test_nothing_is_added_to_a_sealed_file_unit() -> None:
    """Sealed is final (invariant I3): no arrival is accepted into it."""
    sealed = [a for a in _every_arrival() if a.unit_state is FileUnitState.SEALED]
    assert all(decide(arrival).event is not MasterEvent.ACCEPT for arrival in sealed)


def test_an_unregistered_file_unit_is_tried_again() -> None:
    """The cause may pass by itself: the register is imported later (invariant I8)."""
    finding = decide(_changed(unit_state=None)).findings[0]
    assert RULES[finding.code].retries
    assert finding.values["file_code"] == "PL.1976-01"
