"""Questions about pages in the demo: nobody is at the page, so every page is kept, out loud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance import __version__
from appliance.domain.rules import sentence
from appliance.pipeline.review import Answer, answer, key_of, open_questions, units_with_questions
from appliance.service.demo_summary import say

if TYPE_CHECKING:
    from appliance.bootstrap import Appliance

DEMO_AGENT: Final = f"software:demo/{__version__}"
"""Who answers, in the words of custody events: not a person, and it says so."""


def keep_every_page(appliance: Appliance) -> None:
    """Answer each open question with “keep”, naming it; what was kept is on record."""
    with appliance.catalogue.write() as writing:
        for unit in units_with_questions(writing.session):
            asked = open_questions(unit)
            for question in asked:
                say(f"     question: {sentence(question, 'en')}")
            say(f"     answered for {unit.file_code}: keep, as nobody is asked in this run")
            keys = [key_of(question) for question in asked]
            answer(writing, unit.id or 0, keys, Answer.KEEP, DEMO_AGENT)
