"""Commands about questions: ``review list``, ``review answer``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.catalogue import register
from appliance.cli.opening import opened
from appliance.cli.output import finding_json, say, say_findings, say_json
from appliance.domain.errors import RuleError
from appliance.domain.findings import Finding
from appliance.pipeline.agents import LOCAL_AGENT
from appliance.pipeline.review import Answer, answer, key_of, open_questions, units_with_questions

if TYPE_CHECKING:
    import argparse


def list_questions(arguments: argparse.Namespace) -> int:
    """Print every open question; 1 when there is one."""
    with opened(arguments) as appliance, appliance.catalogue.read() as session:
        questions = [
            question for unit in units_with_questions(session) for question in open_questions(unit)
        ]
    if arguments.json:
        say_json({"questions": [finding_json(question) for question in questions]})
    else:
        say_findings(questions)
    return 1 if questions else 0


def answer_questions(arguments: argparse.Namespace) -> int:
    """Answer every open question about one page of a hồ sơ."""
    with opened(arguments) as appliance, appliance.catalogue.write() as writing:
        unit = register.file_unit_row(writing.session, arguments.file_code)
        asked = [] if unit is None else open_questions(unit)
        wanted = [one for one in asked if one.values["page"] == arguments.page]
        if unit is None or not wanted:
            missing = Finding("REVIEW-NO-QUESTION", arguments.file_code)
            raise RuleError("there is no such question now", (missing,))
        keys = [key_of(question) for question in wanted]
        answer(writing, unit.id or 0, keys, Answer(arguments.answer), LOCAL_AGENT)
    say(f"{arguments.file_code}: {len(keys)} answered")
    return 0
