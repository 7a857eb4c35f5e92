"""What one PREMIS document has told of so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

MAX_IDENTIFIERS: Final = 1_000_000
"""Our own: objects and events of one document, those of some 200,000 pages; all are remembered."""


class Identifiers(set[str]):
    """Identifiers that were told, and which of them were told again."""

    def __init__(self) -> None:
        super().__init__()
        self.twice: dict[str, None] = {}

    def take(self, identifier: str) -> None:
        """Take one more."""
        if identifier in self:
            self.twice[identifier] = None
        self.add(identifier)


@dataclass(slots=True)
class Known:
    """Identifiers that a document has told, and those that its links still need.

    Args:
        objects: Of objects.
        files: Of those that are files.
        xml_ids: The names that objects have as elements.
        events: Of events.
        agents: Of agents.
        wanted_agents: What events named as agents.
        wanted_objects: What structural relations named.
        types: What the events are.
    """

    objects: Identifiers = field(default_factory=Identifiers)
    files: set[str] = field(default_factory=set)
    xml_ids: Identifiers = field(default_factory=Identifiers)
    events: Identifiers = field(default_factory=Identifiers)
    agents: Identifiers = field(default_factory=Identifiers)
    wanted_agents: set[str] = field(default_factory=set)
    wanted_objects: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)

    def room(self) -> int:
        """How many objects and events more may be told; below 0 when it was too many."""
        return MAX_IDENTIFIERS - len(self.objects) - len(self.events)
