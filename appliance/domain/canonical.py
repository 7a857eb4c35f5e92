"""Canonical JSON: the one byte form that digests and signatures are taken over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

JsonValue: TypeAlias = "str | int | bool | Sequence[JsonValue] | Mapping[str, JsonValue] | None"

# Every page is some ten values: what they are encoded and looked at with is made once.
_ENCODER: Final = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
)
_PLAIN: Final = (str, int, type(None))
_SEQUENCES: Final[tuple[type[Any], ...]] = (list, tuple)


def canonical_json(value: JsonValue) -> bytes:
    """Encode a value as UTF-8 JSON with sorted keys and no spare space.

    Floating-point numbers are refused, since their text differs between writers.

    Raises:
        TypeError: The value holds a float or something JSON has no form for.
    """
    _refuse_floats((value,))
    return _ENCODER.encode(value).encode("utf-8")


def _refuse_floats(parts: Iterable[object]) -> None:
    for part in parts:
        if isinstance(part, _PLAIN):
            continue
        if isinstance(part, dict):
            _refuse_floats(part.values())
        elif isinstance(part, _SEQUENCES):
            _refuse_floats(part)
        elif isinstance(part, float):
            raise TypeError("canonical JSON holds no floats: write an integer in a smaller unit")
