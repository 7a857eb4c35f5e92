"""Whether the paper of one hồ sơ may go back on its shelf."""

from __future__ import annotations

import pytest

from appliance.domain.levels import Level
from appliance.domain.shelving import MAY_GO, PAPER_SENTENCES, PaperFacts, judge_paper
from appliance.domain.states import DepositState, FileUnitState
from appliance.domain.verdict import words

DAMAGED, PROVED = DepositState.DAMAGED, DepositState.PROVED

JUDGED = [
    (PaperFacts(FileUnitState.REGISTERED, 0, 4), Level.WAITING, "PAPER-TO-SCAN"),
    (PaperFacts(FileUnitState.SCANNING, 3, 4), Level.WORKING, "PAPER-PAGES-MISSING"),
    (PaperFacts(FileUnitState.SCANNING, 5, 4, is_held=True), Level.NEEDS_PERSON, "PAPER-HELD"),
    (PaperFacts(FileUnitState.COMPLETE, 4, 4), Level.WORKING, "PAPER-IN-CHECK"),
    (PaperFacts(FileUnitState.DERIVED, 4, 4), Level.WORKING, "PAPER-IN-CHECK"),
    (
        PaperFacts(FileUnitState.REVIEWED, 4, 4, was_sealed=True),
        Level.WORKING,
        "PAPER-IN-CORRECTION",
    ),
    (PaperFacts(FileUnitState.SEALED, 4, 4, was_sealed=True), Level.WAITING, "PAPER-UNPROVED"),
    (
        PaperFacts(FileUnitState.SEALED, 4, 4, was_sealed=True, proof=Level.STALE),
        Level.STALE,
        "PAPER-PROOF-OLD",
    ),
    (
        PaperFacts(FileUnitState.SEALED, 4, 4, was_sealed=True, proof=Level.GOOD),
        Level.GOOD,
        "PAPER-MAY-GO",
    ),
    (
        PaperFacts(FileUnitState.SEALED, 4, 4, proof=Level.BROKEN, deposits=frozenset({DAMAGED})),
        Level.BROKEN,
        "PAPER-COPY-DAMAGED",
    ),
    (
        PaperFacts(
            FileUnitState.SEALED, 4, 4, proof=Level.BROKEN, deposits=frozenset({DAMAGED, PROVED})
        ),
        Level.WAITING,
        "PAPER-UNPROVED",
    ),
]


@pytest.mark.parametrize(("facts", "level", "code"), JUDGED)
def test_paper_goes_back_after_every_proof_alone(
    facts: PaperFacts, level: Level, code: str
) -> None:
    """Before the last proof it stays out, whatever else is done."""
    line = judge_paper(facts)
    assert (line.level, line.code) == (level, code)
    assert (line.code == MAY_GO) == (level is Level.GOOD) == (facts.proof is Level.GOOD)
    assert words(line) != words(line, "en")


def test_every_sentence_is_said() -> None:
    """No sentence stands for a line that is never said."""
    assert {code for _facts, _level, code in JUDGED} == set(PAPER_SENTENCES)
