"""Who does things, in the words of custody events."""

from __future__ import annotations

from typing import Final

from appliance import __version__

SOFTWARE_NAME: Final = "archive-appliance"
SOFTWARE_AGENT: Final = f"software:{SOFTWARE_NAME}/{__version__}"
LOCAL_AGENT: Final = "person:local"
"""Whoever sits at this box: there is no login yet."""


def scanner_agent(scanner: str) -> str:
    """The agent of a hot folder's scanner."""
    return f"scanner:{scanner}"


def person_agent(name: str) -> str:
    """A person, by the name that was given."""
    return f"person:{name}"
