"""Objects and events of PREMIS that are good at one look, taken without a parser.

Each look asks for all that the reader of elements asks for. One that leaves anything to say is
not taken, and so comes to that reader, who says it.
"""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING

from appliance.packaging.verify.premis_chain import DERIVED, is_same_moment
from appliance.packaging.verify.xml_runs import as_bytes

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from appliance.packaging.verify.contents import Member
    from appliance.packaging.verify.premis_chain import Chain
    from appliance.packaging.verify.premis_known import Known


class Units:
    """Takes units of one document that leave nothing to say.

    Args:
        path: Of the document in the bag.
        files: Paths of content files by their ids in METS.
        members: What lies in the package.
        chain: Collects custody events.
        known: What the document has told of.
    """

    def __init__(
        self,
        path: str,
        files: Mapping[str, str],
        members: Mapping[str, Member],
        chain: Chain,
        known: Known,
    ) -> None:
        self._path = path
        self._files = files
        self._members = members
        self._chain = chain
        self._known = known
        self._words = _Words()

    def take_object(self, unit: re.Match[str]) -> bool:
        """An object of ``premis_forms`` with size, digest and place of its file."""
        known = self._known
        told, digest, size, location = unit.group("id", "digest", "size", "location")
        identifier = intern(told)  # METS has it too
        member = self._members.get(self._files.get(identifier, ""))
        is_good = (
            member is not None
            and known.room() > 0
            and digest == member.digests["sha256"]
            and size == str(member.size_bytes)
            and member.path.endswith(f"/{location}")
        )
        if is_good:
            known.objects.take(identifier)
            known.xml_ids.take(unit["xml"])
            known.files.add(identifier)
        return is_good

    def take_event(self, unit: re.Match[str]) -> bool:
        """An event about the one master that its custody event is about (``EVENT_GROUPS``)."""
        known, words = self._known, self._words
        box, counter, kind, local, body, agent, at, subject, outcome, previous, link = unit.groups()
        source, number = words[box], int(counter)
        digest = self._digest_of(link)
        is_good = (
            bool(source and words[kind] and words[agent] and words[outcome])
            and words[kind] != DERIVED
            and known.room() > 0
            and link in known.objects
            and digest == subject
            and is_same_moment(local, at)
            and self._chain.take_known(
                self._path, (source, number), digest, previous, as_bytes(body)
            )
        )
        if is_good:
            known.events.take_counted(source, number)
            known.types.add(words[kind])
            known.wanted_agents.add(words[agent])
        return is_good

    def _digest_of(self, identifier: str) -> str:
        member = self._members.get(self._files.get(identifier, ""))
        return "" if member is None else member.digests["sha256"]


class _Words(dict[str, str]):
    """Texts as the reader of elements takes them; empty where it would trim them."""

    def __missing__(self, found: str) -> str:
        text = as_bytes(found).decode("utf-8")
        self[found] = text if text == text.strip() else ""
        return self[found]
