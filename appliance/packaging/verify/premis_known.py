"""What one PREMIS document has told of so far."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from sys import intern
from typing import Final

MAX_IDENTIFIERS: Final = 1_000_000
"""Our own: objects and events of one document, those of some 200,000 pages; all are remembered."""
_NUMBER: Final = re.compile("0|[1-9][0-9]{0,17}")
_OBJECT: Final = "object-"
"""What packages of this format put before an object's identifier to name its element."""


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


class EventIdentifiers(set[int | str]):
    """The same of events, of which a page has several: of one box they are kept as numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.twice: dict[str, None] = {}
        self._box: str | None = None

    def take(self, identifier: str) -> None:
        """Take one more."""
        box, colon, counter = identifier.rpartition(":")
        if colon and _NUMBER.fullmatch(counter):
            self.take_counted(box, int(counter))
        else:
            self._take(identifier)

    def take_counted(self, box: str, counter: int) -> None:
        """Take the one that names an event of a box by its number there."""
        if self._box is None:
            self._box = box
        self._take(counter if box == self._box else f"{box}:{counter}")

    def _take(self, key: int | str) -> None:
        if key in self:
            self.twice[key if isinstance(key, str) else f"{self._box}:{key}"] = None
        self.add(key)


class ElementNames(set[str | tuple[str]]):
    """The names of elements, and which were told again; most repeat what is known already."""

    def __init__(self) -> None:
        super().__init__()
        self.twice: dict[str, None] = {}

    def take(self, name: str) -> None:
        """Take one more."""
        is_usual = name.startswith(_OBJECT)
        key = intern(name.removeprefix(_OBJECT)) if is_usual else (name,)
        if key in self:
            self.twice[name] = None
        self.add(key)


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
    xml_ids: ElementNames = field(default_factory=ElementNames)
    events: EventIdentifiers = field(default_factory=EventIdentifiers)
    agents: Identifiers = field(default_factory=Identifiers)
    wanted_agents: set[str] = field(default_factory=set)
    wanted_objects: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)

    def room(self) -> int:
        """How many objects and events more may be told; below 0 when it was too many."""
        return MAX_IDENTIFIERS - len(self.objects) - len(self.events)
