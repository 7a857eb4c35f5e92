"""Texts taken in one walk are those that a search for each path finds."""

from __future__ import annotations

from typing import Final

import pytest
from lxml import etree

from appliance.packaging.verify.xml import PREMIS
from appliance.packaging.verify.xml_texts import Texts, first_text, parents_of, spelt_out

OUTCOME: Final = spelt_out("p:eventOutcomeInformation/p:eventOutcome")
KIND: Final = spelt_out("p:eventType")
DEEP: Final = spelt_out("p:eventOutcomeInformation/p:eventOutcomeDetail/p:eventOutcomeDetailNote")
UNIT: Final = etree.fromstring(
    f"""<event xmlns="{PREMIS}">
  <eventType> transfer </eventType>
  <eventOutcomeInformation>
    <eventOutcomeDetail><eventOutcomeDetailNote>why</eventOutcomeDetailNote></eventOutcomeDetail>
    <eventOutcome>success</eventOutcome>
    <eventOutcomeDetail><eventOutcomeDetailNote/></eventOutcomeDetail>
  </eventOutcomeInformation>
  <eventType>second</eventType>
  <eventDetailExtension><eventOutcomeInformation><eventOutcome>forged</eventOutcome>
  </eventOutcomeInformation></eventDetailExtension>
  <eventOutcome>misplaced</eventOutcome>
  <eventType xmlns="urn:other">foreign</eventType>
</event>"""
)


@pytest.mark.parametrize("path", [OUTCOME, KIND, DEEP])
def test_walk_finds_what_a_search_finds(path: str) -> None:
    """First and every text of a path are those of lxml's own search for it."""
    told = Texts(UNIT, parents_of(OUTCOME, KIND, DEEP))
    searched = [(one.text or "").strip() for one in UNIT.iterfind(path)]
    assert (told.first(path), told.every(path)) == (searched[0], searched)


def test_absent_path_is_empty() -> None:
    """A path that leads nowhere has no text."""
    told = Texts(UNIT, parents_of(OUTCOME))
    absent = spelt_out("p:eventDetailInformation/p:eventDetail")
    assert (told.first(absent), told.every(absent)) == ("", [])


def test_parents_are_every_path_on_the_way() -> None:
    """Only what lies above a path is looked into, floor by floor."""
    way = spelt_out("p:eventOutcomeInformation")
    assert parents_of(KIND, DEEP) == {way, f"{way}/{{{PREMIS}}}eventOutcomeDetail"}


def test_first_text_is_that_of_a_child() -> None:
    """A child's text is trimmed; that of a grandchild is not a child's."""
    tags = (f"{{{PREMIS}}}eventType", f"{{{PREMIS}}}eventOutcomeDetailNote")
    assert [first_text(UNIT, tag) for tag in tags] == ["transfer", ""]
