"""The form of every signed paper: canonical JSON with its format's name, and one line end.

A paper is read only from exactly the bytes that it would be written as: what was signed is what
is believed, and nothing beside it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from appliance.domain.canonical import canonical_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class SignedPaper(Protocol):
    """A paper that can be written again."""

    def to_bytes(self) -> bytes:
        """The canonical bytes that are signed."""
        ...


_P = TypeVar("_P", bound=SignedPaper)


def paper_bytes(format_name: str, values: Mapping[str, Any]) -> bytes:
    """The canonical bytes of a paper.

    Args:
        format_name: Its format, with the version.
        values: Its other keys; a tuple is a list there.
    """
    plain = {name: list(one) if isinstance(one, tuple) else one for name, one in values.items()}
    return canonical_json({**plain, "format": format_name}) + b"\n"


def read_paper(data: bytes, format_name: str, build: Callable[[dict[str, Any]], _P]) -> _P:
    """A paper from its canonical bytes.

    Args:
        data: From anywhere.
        format_name: The only format that is understood.
        build: Makes the paper of its keys; ``ValueError``, ``TypeError`` or ``KeyError`` when
            they are not those of one.

    Raises:
        ValueError: Not a paper of this format.
    """
    try:
        values = json.loads(data)
        if not isinstance(values, dict) or values.get("format") != format_name:
            raise ValueError("another format")  # noqa: TRY301 - told below, with the rest
        paper = build(values)
    except (ValueError, TypeError, KeyError, RecursionError) as problem:
        raise ValueError(f"not a {format_name}: {problem!r:.200}") from problem
    if paper.to_bytes() != data:
        raise ValueError(f"not the canonical bytes of a {format_name}")
    return paper
