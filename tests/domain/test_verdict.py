"""The one verdict: what may be called good, and what never is."""

from __future__ import annotations

import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.backups import BACKUP_SENTENCES
from appliance.domain.coverage_sentences import COVERAGE_SENTENCES
from appliance.domain.policy import PROOF_STALE_DAYS
from appliance.domain.shelving import PAPER_SENTENCES
from appliance.domain.states import DepositState, FileUnitState, MasterState
from appliance.domain.unit_verdict import VersionsFacts, judge_versions
from appliance.domain.verdict import (
    CONTACT_LATE_SECONDS,
    HEARTBEAT_LATE_SECONDS,
    LEVEL_WORDS,
    BoxFacts,
    Level,
    PlaceFacts,
    Statement,
    judge_box,
    words,
)
from appliance.domain.verdict_sentences import SENTENCES

DAY = 86_400
PROVINCE = PlaceFacts(
    name="province",
    label="Kho lưu trữ tỉnh",
    deposits={DepositState.PROVED: 3},
    contact_age_seconds=60,
    oldest_proof_age_seconds=5 * DAY,
    is_line_up=True,
)
MINISTRY = replace(PROVINCE, name="ministry", label="Kho của Bộ")
GOOD = BoxFacts(
    came_in=9,
    masters={MasterState.SEALED: 7, MasterState.DUPLICATE: 1, MasterState.REPLACED: 1},
    file_units={FileUnitState.SEALED: 3},
    proved_everywhere=3,
    held_for_person=0,
    notices=0,
    places=(PROVINCE, MINISTRY),
    heartbeat_age_seconds=2,
)


def _with_place(**changes: object) -> BoxFacts:
    return replace(GOOD, places=(PROVINCE, replace(MINISTRY, **changes)))  # type: ignore[arg-type]  # fields by name


def _with_masters(**counts: int) -> BoxFacts:
    masters = {**GOOD.masters, **{MasterState(name): count for name, count in counts.items()}}
    return replace(GOOD, masters=masters, came_in=sum(masters.values()))


SPOILT = {
    "never started": (replace(GOOD, heartbeat_age_seconds=None), "SERVICE-NEVER", Level.UNKNOWN),
    "heartbeat late": (
        replace(GOOD, heartbeat_age_seconds=HEARTBEAT_LATE_SECONDS + 1),
        "SERVICE-LATE",
        Level.UNKNOWN,
    ),
    "told to stop": (replace(GOOD, is_service_stopped=True), "SERVICE-STOPPED", Level.UNKNOWN),
    "one too few": (replace(GOOD, came_in=10), "COUNTS-DIFFER", Level.BROKEN),
    "one too many": (replace(GOOD, came_in=8), "COUNTS-DIFFER", Level.BROKEN),
    "notice": (replace(GOOD, notices=1), "INTAKE-NOTICES", Level.NEEDS_PERSON),
    "list to approve": (
        replace(GOOD, awaiting_approval={"DM-01": 2}),
        "APPROVAL-WANTED",
        Level.NEEDS_PERSON,
    ),
    "on no list": (
        replace(GOOD, awaiting_approval={"": 1}),
        "APPROVAL-UNLISTED",
        Level.NEEDS_PERSON,
    ),
    "correction": (replace(GOOD, correcting=1), "FILE-UNITS-CORRECTING", Level.WORKING),
    "parked": (_with_masters(parked=1), "INTAKE-PARKED", Level.NEEDS_PERSON),
    "batch parked": (
        replace(_with_masters(batched=2), parked_batches=1),
        "INTAKE-BATCHES-PARKED",
        Level.NEEDS_PERSON,
    ),
    "hot folder gone": (
        replace(GOOD, folders_gone=1, notices=1),
        "INTAKE-FOLDERS-GONE",
        Level.NEEDS_PERSON,
    ),
    "to inspect": (_with_masters(accepted=1), "INTAKE-WORKING", Level.WORKING),
    "waits for its sheet": (_with_masters(batched=1), "INTAKE-BATCHED", Level.WAITING),
    "held": (replace(GOOD, held_for_person=1), "FILE-UNITS-HELD", Level.NEEDS_PERSON),
    "nothing registered": (
        replace(GOOD, file_units={}, proved_everywhere=0),
        "FILE-UNITS-NONE",
        Level.WAITING,
    ),
    "not begun": (
        replace(GOOD, file_units={FileUnitState.SEALED: 3, FileUnitState.REGISTERED: 1}),
        "FILE-UNITS-OPEN",
        Level.WAITING,
    ),
    "under way": (
        replace(GOOD, file_units={FileUnitState.SEALED: 3, FileUnitState.DERIVED: 1}),
        "FILE-UNITS-OPEN",
        Level.WORKING,
    ),
    "unproved": (replace(GOOD, proved_everywhere=2), "FILE-UNITS-UNPROVED", Level.WORKING),
    "no place at all": (
        replace(GOOD, places=(), proved_everywhere=0),
        "FILE-UNITS-UNPROVED",
        Level.WORKING,
    ),
    "place never reached": (
        _with_place(contact_age_seconds=None, is_line_up=None),
        "PLACE-NEVER-REACHED",
        Level.UNKNOWN,
    ),
    "place that disks are carried to": (
        _with_place(
            deposits={DepositState.PROVED: 3, DepositState.WAITING: 2},
            contact_age_seconds=None,
            is_line_up=None,
            is_carried=True,
        ),
        "PLACE-DISK-WANTED",
        Level.WAITING,
    ),
    "disk on its way": (
        _with_place(
            deposits={DepositState.PROVED: 3, DepositState.WAITING: 2},
            contact_age_seconds=None,
            is_line_up=None,
            is_carried=True,
            packages_away=1,
        ),
        "PLACE-CARRIED",
        Level.WAITING,
    ),
    "place silent": (
        _with_place(contact_age_seconds=CONTACT_LATE_SECONDS + 1, is_line_up=False),
        "PLACE-SILENT",
        Level.UNKNOWN,
    ),
    "place not asked for long": (
        _with_place(contact_age_seconds=CONTACT_LATE_SECONDS + 1),
        "PLACE-SILENT",
        Level.UNKNOWN,
    ),
    "waiting": (_with_place(deposits={DepositState.WAITING: 1}), "PLACE-SENDING", Level.WORKING),
    "sending": (_with_place(deposits={DepositState.SENDING: 1}), "PLACE-SENDING", Level.WORKING),
    "line down": (
        _with_place(deposits={DepositState.WAITING: 1}, is_line_up=False),
        "PLACE-LINE-DOWN",
        Level.WAITING,
    ),
    "place cannot take anything": (
        _with_place(
            deposits={DepositState.WAITING: 1}, is_line_up=False, reason_code="FAR-DISK-FULL"
        ),
        "PLACE-HELD",
        Level.WAITING,
    ),
    "sending stopped": (
        replace(GOOD, halt_codes=("SYNC-DAMAGE-SPREADS",)),
        "SYNC-HALTED",
        Level.BROKEN,
    ),
    "packages held by the stop": (
        _with_place(deposits={DepositState.WAITING: 1}, is_halted=True),
        "PLACE-HALTED",
        Level.NEEDS_PERSON,
    ),
    "own store away": (
        replace(GOOD, halt_codes=("OWN-STORE-MISSING",)),
        "SYNC-STORE-MISSING",
        Level.BROKEN,
    ),
    "nothing to send": (
        _with_place(deposits={}, oldest_proof_age_seconds=None),
        "PLACE-EMPTY",
        Level.WAITING,
    ),
    "proof old": (
        _with_place(oldest_proof_age_seconds=PROOF_STALE_DAYS * DAY + 1),
        "PLACE-PROOF-OLD",
        Level.STALE,
    ),
    "place refuses": (
        _with_place(is_line_up=False, needs_person=True, reason_code="AUTH-REFUSED"),
        "PLACE-BLOCKED",
        Level.NEEDS_PERSON,
    ),
    "package refused": (
        _with_place(deposits={DepositState.PROVED: 2, DepositState.REFUSED: 1}),
        "PLACE-REFUSED",
        Level.NEEDS_PERSON,
    ),
    "package damaged": (
        _with_place(deposits={DepositState.PROVED: 2, DepositState.DAMAGED: 1}),
        "PLACE-DAMAGED",
        Level.BROKEN,
    ),
    "copy there damaged": (
        _with_place(deposits={DepositState.PROVED: 2, DepositState.FAR_DAMAGED: 1}),
        "PLACE-FAR-DAMAGED",
        Level.NEEDS_PERSON,
    ),
}


def _lines(verdict: Statement) -> dict[str, Level]:
    return {child.code: child.level for child in verdict.children}


def test_everything_proved_is_good() -> None:
    """The facts that the other tests spoil are good, in both languages, with every copy told."""
    verdict = judge_box(GOOD)
    assert (verdict.level, verdict.code) == (Level.GOOD, "BOX-GOOD")
    assert set(_lines(verdict).values()) == {Level.GOOD}
    assert "3 hồ sơ" in words(verdict)
    assert "3 copies" in words(verdict, "en")  # the box and two places


@pytest.mark.parametrize(("facts", "code", "level"), SPOILT.values(), ids=SPOILT.keys())
def test_one_fault_is_seen(facts: BoxFacts, code: str, level: Level) -> None:
    """One spoilt fact shows as its own line and is the top line's level: never good."""
    verdict = judge_box(facts)
    assert _lines(verdict)[code] is level
    assert verdict.level is level
    assert verdict.level is not Level.GOOD
    assert verdict.code == f"BOX-{level.name.replace('_', '-')}"


@pytest.mark.parametrize(("facts", "_code", "level"), SPOILT.values(), ids=SPOILT.keys())
def test_a_worse_fault_is_not_hidden(facts: BoxFacts, _code: str, level: Level) -> None:
    """With a broken count beside it the top line is broken, and the other line stays."""
    both = judge_box(replace(facts, came_in=facts.came_in + 50))
    assert both.level is Level.BROKEN
    assert max(level, Level.BROKEN) is both.level
    problems = sum(child.level >= Level.NEEDS_PERSON for child in both.children)
    assert both.values["problems"] == problems


@pytest.mark.parametrize(
    "facts",
    [
        replace(GOOD, heartbeat_age_seconds=HEARTBEAT_LATE_SECONDS),
        _with_place(contact_age_seconds=CONTACT_LATE_SECONDS),
        _with_place(oldest_proof_age_seconds=PROOF_STALE_DAYS * DAY),
        _with_place(is_line_up=False),  # down for a minute, with nothing to send
    ],
)
def test_the_last_good_second_is_good(facts: BoxFacts) -> None:
    """Limits count as kept on their last second."""
    assert judge_box(facts).level is Level.GOOD


def test_contact_does_not_freshen_a_proof() -> None:
    """Contact and proof are two clocks: an old proof stays old however often the place answers."""
    facts = _with_place(contact_age_seconds=0, oldest_proof_age_seconds=PROOF_STALE_DAYS * DAY * 2)
    assert judge_box(facts).level is Level.STALE


def test_no_work_is_under_way_without_a_service() -> None:
    """A service that does not report leaves no line that says that something is being done."""
    working = _with_place(deposits={DepositState.SENDING: 1})
    assert _lines(judge_box(working))["PLACE-SENDING"] is Level.WORKING
    silent = judge_box(replace(working, heartbeat_age_seconds=HEARTBEAT_LATE_SECONDS + 1))
    assert _lines(silent)["PLACE-SENDING"] is Level.UNKNOWN
    assert Level.WORKING not in _lines(silent).values()
    stopped = judge_box(replace(working, is_service_stopped=True))
    assert _lines(stopped)["PLACE-SENDING"] is Level.UNKNOWN


def test_levels_are_ordered_best_first() -> None:
    """The worst child wins, so the order of the levels is the meaning of the top line."""
    names = ["GOOD", "WAITING", "WORKING", "STALE", "UNKNOWN", "NEEDS_PERSON", "BROKEN"]
    assert [level.name for level in sorted(Level)] == names


COUNTS = st.integers(0, 3)
AGES = st.none() | st.integers(0, 100 * DAY)
PLACES = st.builds(
    PlaceFacts,
    name=st.just("province"),
    label=st.just("Kho {x} lưu trữ"),
    deposits=st.dictionaries(st.sampled_from(DepositState), COUNTS),
    contact_age_seconds=AGES,
    oldest_proof_age_seconds=AGES,
    is_line_up=st.none() | st.booleans(),
    reason_code=st.none() | st.just("LINE-DOWN"),
    needs_person=st.booleans(),
)
VERSIONS = [
    VersionsFacts(sealed, proved, is_open, 2, age if proved else None)
    for sealed in range(3)
    for proved in range(sealed + 1)
    for is_open in ((False, True) if sealed else (False,))
    for age in (0, PROOF_STALE_DAYS * DAY + 1)
]
FACTS = st.builds(
    BoxFacts,
    came_in=COUNTS,
    masters=st.dictionaries(st.sampled_from(MasterState), COUNTS),
    file_units=st.dictionaries(st.sampled_from(FileUnitState), COUNTS),
    proved_everywhere=COUNTS,
    held_for_person=COUNTS,
    notices=COUNTS,
    places=st.lists(PLACES, max_size=3).map(tuple),
    heartbeat_age_seconds=AGES,
    is_service_stopped=st.booleans(),
    parked_batches=COUNTS,
    folders_gone=COUNTS,
    correcting=COUNTS,
    awaiting_approval=st.dictionaries(
        st.text(st.characters(exclude_characters="{}"), max_size=3), st.integers(1, 2), max_size=5
    ),
)


@given(FACTS)
def test_good_is_never_said_without_grounds(facts: BoxFacts) -> None:
    """Whatever the facts: good needs every ground, and the top line is the worst child."""
    verdict = judge_box(facts)
    assert verdict.level == max(child.level for child in verdict.children)
    if verdict.level is not Level.GOOD:
        return
    sealed = facts.file_units.get(FileUnitState.SEALED, 0)
    assert facts.heartbeat_age_seconds is not None
    assert not facts.is_service_stopped
    assert facts.came_in == sum(facts.masters.values())
    assert not facts.masters.get(MasterState.PARKED)
    assert not facts.masters.get(MasterState.BATCHED)
    assert not facts.parked_batches
    assert not facts.folders_gone
    assert not facts.notices
    assert not facts.held_for_person
    assert not facts.correcting
    assert not facts.awaiting_approval
    assert 0 < sealed == sum(facts.file_units.values())
    assert facts.proved_everywhere >= sealed
    for place in facts.places:
        assert place.contact_age_seconds is not None
        assert place.contact_age_seconds <= CONTACT_LATE_SECONDS
        assert place.oldest_proof_age_seconds is not None
        assert not any(n for state, n in place.deposits.items() if state != DepositState.PROVED)


@given(FACTS)
def test_every_statement_can_be_said(facts: BoxFacts) -> None:
    """Each line has its sentence in both languages, with its values filled in."""
    verdict = judge_box(facts)
    for statement in (verdict, *verdict.children):
        for language in ("vi", "en"):
            text = words(statement, language)
            assert text.endswith(".")
            assert "{" not in text.replace("{x}", "")


@pytest.mark.parametrize("code", SENTENCES)
def test_every_sentence_is_in_two_languages(code: str) -> None:
    """Both texts are there, differ, and English names no fact that Vietnamese lacks."""
    vietnamese, english = SENTENCES[code]
    assert vietnamese != english
    assert vietnamese.endswith(".")
    assert english.endswith(".")
    fields = [
        {f for _t, f, _s, _c in string.Formatter().parse(text) if f}
        for text in (vietnamese, english)
    ]
    assert fields[1] <= fields[0]


def test_every_sentence_is_used() -> None:
    """No sentence stands for a line that the verdict never says."""
    judged = [judge_box(facts) for facts in (GOOD, *(row[0] for row in SPOILT.values()))]
    said = {one.code for verdict in judged for one in (verdict, *verdict.children)}
    of_one_unit = {code for code in SENTENCES if code.startswith("UNIT-")}
    elsewhere = {*COVERAGE_SENTENCES, *BACKUP_SENTENCES, *PAPER_SENTENCES}
    assert said == set(SENTENCES) - of_one_unit - elsewhere
    assert len(of_one_unit) == len({judge_versions(one).code for one in VERSIONS})


def test_levels_have_words_in_two_languages() -> None:
    """The words on the page are fixed: one pair for each level, no word twice."""
    assert set(LEVEL_WORDS) == set(Level)
    for language in (0, 1):
        assert len({pair[language] for pair in LEVEL_WORDS.values()}) == len(Level)
    assert [level for level, pair in LEVEL_WORDS.items() if "good" in pair[1]] == [Level.GOOD]
