"""Reading what a worker answers: values and nothing else, for a decoder may be taken over."""

from __future__ import annotations

import io
import pickle
from dataclasses import is_dataclass
from enum import Enum
from pathlib import PosixPath, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024
"""Our own: a larger answer is no outcome of any task here."""
_MEMBER_BY_NAME: Final = ("builtins", "getattr")
"""How Python 3.11.0 to 3.11.3 pickle a member of an enum (``Enum.__reduce_ex__``); Debian 12 has
3.11.2."""
_SAFE_TYPES: Final = {PosixPath, PurePosixPath, bytearray, complex, frozenset, set}
_PLAIN_MODULES: Final = frozenset({"builtins", "pathlib", "pathlib._local", "_codecs"})
"""Where plain values live; paths are pickled from ``pathlib._local`` in Python 3.13."""


def read_answer(connection: Connection) -> tuple[bool, object]:
    """What a child answers: whether the task was done, and its outcome or its failure.

    Args:
        connection: To the child.

    Raises:
        pickle.UnpicklingError: The answer is no outcome, or holds more than values.
        EOFError: The child ended before it answered.
        OSError: The answer is too large.
    """
    data = connection.recv_bytes(_MAX_ANSWER_BYTES)
    try:
        answer = CautiousReader(io.BytesIO(data)).load()
    except Exception as problem:  # pickle raises nearly anything for bytes that are no pickle
        raise pickle.UnpicklingError(f"a worker's answer cannot be read: {problem}") from problem
    if isinstance(answer, tuple) and len(answer) == 2:  # noqa: PLR2004 - whether done, and the outcome
        return bool(answer[0]), answer[1]
    raise pickle.UnpicklingError("a worker answered with something else than an outcome")


class CautiousReader(pickle.Unpickler):
    """Reads what a child answers, and builds nothing but values: a decoder may be taken over."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:  # noqa: ANN401 - pickle's own interface
        """What a name in an answer stands for; see ``pickle.Unpickler.find_class``.

        Raises:
            pickle.UnpicklingError: It is no value of ours or of the plain kinds.
        """
        if (module_name, global_name) == _MEMBER_BY_NAME:
            return _member
        found = super().find_class(module_name, global_name) if _is_ours(module_name) else None
        if isinstance(found, type) and _is_value(found):
            return found
        raise pickle.UnpicklingError(f"a worker may not answer with {module_name}.{global_name}")


def _member(kind: object, name: str) -> Enum:
    """A member of an enum by its name, and nothing else of anything else."""
    members = kind.__members__ if isinstance(kind, type) and issubclass(kind, Enum) else {}
    if name in members:
        return members[name]
    raise pickle.UnpicklingError(f"a worker may not answer with {name!r} of {kind!r}")


def _is_ours(module_name: str) -> bool:
    return module_name in _PLAIN_MODULES or module_name.startswith("appliance.")


def _is_value(found: type) -> bool:
    return is_dataclass(found) or issubclass(found, (Enum, Exception)) or found in _SAFE_TYPES
