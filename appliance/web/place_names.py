"""Findings about destinations, in the words of people: a place is called by its label."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.domain.findings import Finding


@overload
def with_label(found: Finding, labels: Mapping[str, str]) -> Finding: ...


@overload
def with_label(found: Finding | None, labels: Mapping[str, str]) -> Finding | None: ...


def with_label(found: Finding | None, labels: Mapping[str, str]) -> Finding | None:
    """The same finding, its place called by its label.

    A finding that carries a label of its own names the place in a command: there it stays.

    Args:
        found: What was recorded, with the destination's name where that is meant.
        labels: How people call the destinations, by their names.
    """
    if found is None or found.where not in labels or "label" in found.values:
        return found
    return replace(found, where=labels[found.where])
