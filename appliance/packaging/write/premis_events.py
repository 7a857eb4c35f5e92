"""PREMIS 3 events and agents, made from custody events and from the seal itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.domain.canonical import canonical_json
from appliance.domain.custody import EventType, Outcome
from appliance.packaging.write.profile import FILE_IDENTIFIER, PACKAGE_IDENTIFIER
from appliance.packaging.write.xml import PREMIS_PREFIXES, Namespace, local_time

if TYPE_CHECKING:
    from appliance.domain.canonical import JsonValue
    from appliance.domain.custody import CustodyEvent
    from appliance.packaging.facts import PackageFacts
    from appliance.packaging.write.premis import FileObject
    from appliance.packaging.write.xml import Element

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
        agents: Who took part.
        role: The role of agents that are no machines.
        sources: Pairs of identifier type and value that went in.
        outcomes: Pairs that came out, or that the event is about.
    """

    identifier: str
    type: str
    at: str
    detail: str
    outcome: str
    agents: tuple[PreservationAgent, ...]
    role: str
    sources: tuple[tuple[str, str], ...]
    outcomes: tuple[tuple[str, str], ...]

    def element(self) -> Element:
        """The event as PREMIS."""
        detail = _PREMIS("eventDetailInformation", _PREMIS("eventDetail", self.detail))
        return _PREMIS(
            "event",
            _PREMIS(
                "eventIdentifier",
                _PREMIS("eventIdentifierType", "local"),
                _PREMIS("eventIdentifierValue", self.identifier),
            ),
            _PREMIS("eventType", self.type),
            _PREMIS("eventDateTime", self.at),
            detail,
            _PREMIS("eventOutcomeInformation", _PREMIS("eventOutcome", self.outcome)),
            *(_linked_agent(agent, self.role) for agent in self.agents),
            (_linked_object(one, "source") for one in self.sources),
            (_linked_object(one, "outcome") for one in self.outcomes),
        )


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
        agents=(PreservationAgent(event.agent),),
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
        agents=(PreservationAgent(f"person:{approval.signer}"),),
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
        agents=(PreservationAgent(f"software:{facts.software_name}/{facts.software_version}"),),
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


def _linked_agent(agent: PreservationAgent, role: str) -> Element:
    return _PREMIS(
        "linkingAgentIdentifier",
        _PREMIS("linkingAgentIdentifierType", "local"),
        _PREMIS("linkingAgentIdentifierValue", agent.name),
        _PREMIS("linkingAgentRole", _ROLES.get(agent.type, role)),
    )


def _linked_object(identifier: tuple[str, str], role: str) -> Element:
    kind, value = identifier
    return _PREMIS(
        "linkingObjectIdentifier",
        _PREMIS("linkingObjectIdentifierType", kind),
        _PREMIS("linkingObjectIdentifierValue", value),
        _PREMIS("linkingObjectRole", role),
    )
