"""PREMIS 3 events and agents, made from custody events and from the seal itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.domain.canonical import canonical_json
from appliance.domain.custody import EventType, Outcome
from appliance.packaging.write.profile import FILE_IDENTIFIER, PACKAGE_IDENTIFIER
from appliance.packaging.write.xml import PREMIS_PREFIXES, Namespace, Template, local_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.domain.canonical import JsonValue
    from appliance.domain.custody import CustodyEvent
    from appliance.packaging.facts import PackageFacts
    from appliance.packaging.write.premis import FileObject
    from appliance.packaging.write.xml import Element, Node

_PREMIS: Final = Namespace(PREMIS_PREFIXES)
_AGENT_TYPES: Final = {"software": "software", "scanner": "hardware", "person": "person"}
_ROLES: Final = {"software": "executing program", "hardware": "executing program"}


@dataclass(frozen=True, slots=True)
class PreservationAgent:
    """Who or what acted.

    Args:
        name: As custody events name it: ``software:NAME/VERSION``, ``scanner:ID``, ``person:ID``.
    """

    name: str

    @property
    def type(self) -> str:
        """PREMIS agent type."""
        return _AGENT_TYPES.get(self.name.partition(":")[0], "organization")

    def element(self) -> Element:
        """The agent as PREMIS."""
        plain = self.name.partition(":")[2] or self.name
        title, _, version = plain.partition("/") if self.type == "software" else (plain, "", "")
        return _PREMIS(
            "agent",
            _PREMIS(
                "agentIdentifier",
                _PREMIS("agentIdentifierType", "local"),
                _PREMIS("agentIdentifierValue", self.name),
            ),
            _PREMIS("agentName", title),
            _PREMIS("agentType", self.type),
            *([_PREMIS("agentVersion", version)] if version else []),
        )


@dataclass(frozen=True, slots=True)
class PreservationEvent:
    """One event as PREMIS shows it.

    Args:
        identifier: Unique in the store.
        type: A term of the Library of Congress list, or of the circular.
        at: As PREMIS prints it.
        detail: Free text; empty for none.
        outcome: ``success`` or ``failure``.
        agent: Who acted.
        role: The role of an agent that is no machine.
        sources: Pairs of identifier type and value that went in.
        outcomes: Pairs that came out, or that the event is about.
    """

    identifier: str
    type: str
    at: str
    detail: str
    outcome: str
    agent: PreservationAgent
    role: str
    sources: tuple[tuple[str, str], ...]
    outcomes: tuple[tuple[str, str], ...]

    def element(self) -> Node:
        """The event as PREMIS."""
        told = {
            "identifier": self.identifier,
            "type": self.type,
            "at": self.at,
            "detail": self.detail,
            "outcome": self.outcome,
            "agent": self.agent.name,
            "agent_role": _ROLES.get(self.agent.type, self.role),
        }
        if len(self.outcomes) == 1 and not self.sources:
            return _ABOUT_ONE(told | _link(self.outcomes[0], "outcome"))
        sources = (_LINK(_link(one, "source")) for one in self.sources)
        outcomes = (_LINK(_link(one, "outcome")) for one in self.outcomes)
        return _PREMIS("event", *_happened(told), sources, outcomes)


def from_custody(
    event: CustodyEvent,
    box_id: str,
    sources: tuple[tuple[str, str], ...],
    outcomes: tuple[tuple[str, str], ...],
) -> PreservationEvent:
    """A custody event; its detail is the canonical form that the event chain's digests cover."""
    return PreservationEvent(
        identifier=f"{box_id}:{event.counter}",
        type=str(event.type),
        at=local_time(event.at),
        detail=_canonical(event),
        outcome=str(event.outcome),
        agent=PreservationAgent(event.agent),
        role="authorizer" if event.type is EventType.APPROVAL else "implementer",
        sources=sources,
        outcomes=outcomes,
    )


def of_approval(facts: PackageFacts) -> PreservationEvent:
    """The decision that allowed the copy."""
    approval = facts.approval
    return PreservationEvent(
        identifier=f"{facts.objid}:approval",
        type=str(EventType.APPROVAL),
        at=approval.decision_date.isoformat(),
        detail=(
            f"Quyết định số {approval.decision_number} ngày "
            f"{approval.decision_date:%d/%m/%Y}, danh mục {approval.list_code}, "
            f"người ký: {approval.signer}"
        ),
        outcome=str(Outcome.SUCCESS),
        agent=PreservationAgent(f"person:{approval.signer}"),
        role="authorizer",
        sources=(),
        outcomes=((PACKAGE_IDENTIFIER, facts.objid),),
    )


def of_seal(facts: PackageFacts, files: tuple[FileObject, ...]) -> PreservationEvent:
    """The making of this package."""
    return PreservationEvent(
        identifier=f"{facts.objid}:seal",
        type=str(EventType.PACKAGE_CREATION),
        at=local_time(facts.sealed_at),
        detail=f"box {facts.box_id}, package version {facts.version}",
        outcome=str(Outcome.SUCCESS),
        agent=PreservationAgent(f"software:{facts.software_name}/{facts.software_version}"),
        role="executing program",
        sources=tuple((FILE_IDENTIFIER, one.identifier) for one in files),
        outcomes=((PACKAGE_IDENTIFIER, facts.objid),),
    )


def _canonical(event: CustodyEvent) -> str:
    body: dict[str, JsonValue] = {
        "agent": event.agent,
        "at": event.at,
        "clock_trusted": event.clock_trusted,
        "counter": event.counter,
        "detail": dict(event.detail),
        "object_id": event.object_id,
        "object_kind": event.object_kind,
        "outcome": str(event.outcome),
        "previous": event.previous,
        "type": str(event.type),
    }
    return canonical_json(body).decode("utf-8")


def _happened(told: Mapping[str, str]) -> tuple[Element, ...]:
    """An event without the objects that it links."""
    return (
        _PREMIS(
            "eventIdentifier",
            _PREMIS("eventIdentifierType", "local"),
            _PREMIS("eventIdentifierValue", told["identifier"]),
        ),
        _PREMIS("eventType", told["type"]),
        _PREMIS("eventDateTime", told["at"]),
        _PREMIS("eventDetailInformation", _PREMIS("eventDetail", told["detail"])),
        _PREMIS("eventOutcomeInformation", _PREMIS("eventOutcome", told["outcome"])),
        _PREMIS(
            "linkingAgentIdentifier",
            _PREMIS("linkingAgentIdentifierType", "local"),
            _PREMIS("linkingAgentIdentifierValue", told["agent"]),
            _PREMIS("linkingAgentRole", told["agent_role"]),
        ),
    )


def _link(identifier: tuple[str, str], role: str) -> dict[str, str]:
    kind, value = identifier
    return {"object_type": kind, "object": value, "object_role": role}


def _linked_object(told: Mapping[str, str]) -> Element:
    return _PREMIS(
        "linkingObjectIdentifier",
        _PREMIS("linkingObjectIdentifierType", told["object_type"]),
        _PREMIS("linkingObjectIdentifierValue", told["object"]),
        _PREMIS("linkingObjectRole", told["object_role"]),
    )


_LINK: Final = Template(_linked_object)
_ABOUT_ONE: Final = Template(lambda told: _PREMIS("event", *_happened(told), _linked_object(told)))
"""Nearly every event is about one object."""
