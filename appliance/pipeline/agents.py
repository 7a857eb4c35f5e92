"""Who does things, in the words of custody events."""

from __future__ import annotations

from typing import Final

from appliance import __version__

SOFTWARE_NAME: Final = "archive-appliance"
_SOFTWARE_PREFIX: Final = f"software:{SOFTWARE_NAME}/"
SOFTWARE_AGENT: Final = f"{_SOFTWARE_PREFIX}{__version__}"
LOCAL_AGENT: Final = "person:local"
"""Whoever sits at this box: there is no login yet."""


def software_agent(version: str) -> str:
    """A release of this program, this one or another."""
    return f"{_SOFTWARE_PREFIX}{version}"


def version_of(agent: str) -> str | None:
    """The release that an agent is; None when it is another agent."""
    is_software = agent.startswith(_SOFTWARE_PREFIX)
    return agent.removeprefix(_SOFTWARE_PREFIX) if is_software else None


def scanner_agent(scanner: str) -> str:
    """The agent of a hot folder's scanner."""
    return f"scanner:{scanner}"


def person_agent(name: str) -> str:
    """A person, by the name that was given."""
    return f"person:{name}"
