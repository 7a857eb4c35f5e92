"""What becomes of an arriving file: one pure decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.domain.drop_names import NO_NUMBER, NameProblem, shortened
from appliance.domain.findings import Finding
from appliance.domain.states import FileUnitState, MasterEvent

if TYPE_CHECKING:
    from appliance.domain.canonical import JsonValue

_SECONDS_PER_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class BatchPlace:
    """Where a scanner that works with cover sheets dropped a file.

    Args:
        scanner: As people read it.
        place: Scanner and, where there is one, the folder below it: a batch each.
        quiet_seconds: Quiet time after which the batch is split.
    """

    scanner: str
    place: str
    quiet_seconds: float


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known of an arriving file when its bytes are safe in the store.

    Args:
        name: Its name, as people read it.
        folder: The hồ sơ folder it lay in, or the file code that its name makes; None when
            neither says one.
        number: The number in its name; None when the name has none.
        is_image: Whether its bytes begin as an image.
        is_whole: Whether its structure is whole.
        problem: What is wrong with the structure, in Vietnamese.
        problem_en: The same in English.
        waited_seconds: How long an unfinished file was waited for.
        unit_state: State of the hồ sơ that the folder names; None when it is not registered.
        holds_number: Which live master has this number: one with the ``same`` bytes, one with
            ``other`` bytes, a ``twin`` (other bytes that came at the same time under another
            name), one that took the place of these very bytes before (``newer``), or ``none``. In
            a batch: ``same`` when it holds this name with these bytes.
        same_bytes_number: Another number of this hồ sơ whose live master has these bytes.
        batch: Where it waits for its cover sheet; then it needs no folder and no number.
        name_problem: Why its name is not understood, when there is no number.
        is_too_deep: Whether it lay deeper than this scanner's files may.
        twin_place: Where its twin came from.
        similar_codes: Registered codes that differ from the folder's name only by case, when
            there are several.
    """

    name: str
    folder: str | None
    number: int | None
    is_image: bool
    is_whole: bool
    problem: str
    problem_en: str
    waited_seconds: int
    unit_state: FileUnitState | None
    holds_number: str = "none"
    same_bytes_number: int | None = None
    batch: BatchPlace | None = None
    name_problem: NameProblem = NO_NUMBER
    is_too_deep: bool = False
    twin_place: str = ""
    similar_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with it.

    Args:
        event: ``ACCEPT``, ``PARK`` or ``RECOGNISE``.
        findings: Why, and what a person may want to know.
        replaces: Whether the live master of the same number gives way (a rescan).
    """

    event: MasterEvent
    findings: tuple[Finding, ...] = ()
    replaces: bool = False


def decide(arrival: Arrival) -> Decision:
    """Accept, park or recognise an arriving file."""
    obstacle = _obstacle(arrival)
    if obstacle is not None:
        return Decision(MasterEvent.PARK, (obstacle,))
    if arrival.holds_number == "same":
        return Decision(MasterEvent.RECOGNISE, (_finding(arrival, "INTAKE-DUPLICATE"),))
    if arrival.unit_state is FileUnitState.SEALED:
        sealed = _finding(arrival, "INTAKE-FILE-UNIT-SEALED", file_code=arrival.folder)
        return Decision(MasterEvent.PARK, (sealed,))
    if arrival.holds_number == "twin":
        twin = _finding(arrival, "INTAKE-NAME-TWIN", other=arrival.twin_place)
        return Decision(MasterEvent.PARK, (twin,))
    if arrival.holds_number == "newer":
        return Decision(MasterEvent.PARK, (_finding(arrival, "INTAKE-OLD-SCAN"),))
    return _acceptance(arrival)


def _acceptance(arrival: Arrival) -> Decision:
    notes = []
    replaces = arrival.holds_number == "other"
    if replaces:
        notes.append(_finding(arrival, "INTAKE-RESCANNED"))
    if arrival.same_bytes_number is not None:
        notes.append(_finding(arrival, "INTAKE-SAME-BYTES", other=arrival.same_bytes_number))
    return Decision(MasterEvent.ACCEPT, tuple(notes), replaces)


def _obstacle(arrival: Arrival) -> Finding | None:
    """The first reason, if any, that no page of a hồ sơ can come of it."""
    is_batched = arrival.batch is not None
    problem = {"problem": arrival.problem, "problem_en": arrival.problem_en}
    if arrival.is_too_deep:
        return _finding(arrival, "INTAKE-TOO-DEEP")
    if arrival.folder is None and not is_batched:
        return _finding(arrival, "INTAKE-BAD-PLACE")
    if not arrival.is_image:
        return _finding(arrival, "INTAKE-NOT-IMAGE", **problem)
    if arrival.number is None and not is_batched:
        return _finding(arrival, "INTAKE-BAD-NAME", **arrival.name_problem.values())
    if not arrival.is_whole:
        return _finding(arrival, "INTAKE-INCOMPLETE", **_waited(arrival), **problem)
    return None if is_batched else _unit_obstacle(arrival)


def _waited(arrival: Arrival) -> dict[str, str]:
    """How long, in seconds below a minute and in minutes from there on."""
    amount, unit, unit_en = arrival.waited_seconds, "giây", "second"
    if amount >= _SECONDS_PER_MINUTE:
        amount, unit, unit_en = round(amount / _SECONDS_PER_MINUTE), "phút", "minute"
    plural = "" if amount == 1 else "s"
    return {"waited": f"{amount} {unit}", "waited_en": f"{amount} {unit_en}{plural}"}


def _unit_obstacle(arrival: Arrival) -> Finding | None:
    if arrival.unit_state is not None:
        return None
    if arrival.similar_codes:
        codes = ", ".join(arrival.similar_codes)
        return _finding(arrival, "INTAKE-CODE-AMBIGUOUS", file_code=arrival.folder, similar=codes)
    return _finding(arrival, "INTAKE-UNKNOWN-FILE-UNIT", file_code=arrival.folder)


def _finding(arrival: Arrival, code: str, **values: JsonValue) -> Finding:
    return Finding(code, arrival.name, {"name": shortened(arrival.name), **values})
