"""From a code to the error that is raised; whether to retry is said once, by the rule."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from appliance.domain.errors import ConfigError, IntegrityError, RemoteError, StorageError
from appliance.domain.rules.deposit import RULES
from appliance.domain.rules.rule import by_code

if TYPE_CHECKING:
    from collections.abc import Iterator

DEPOSIT_RULES: Final = by_code(RULES)

_DISK_CODES: Final = {
    errno.ENOSPC: "FAR-DISK-FULL",
    errno.EDQUOT: "FAR-DISK-FULL",
    errno.EACCES: "FAR-PERMISSION",
    errno.EPERM: "FAR-PERMISSION",
    errno.EROFS: "FAR-READ-ONLY",
    errno.ENOLCK: "FAR-NO-LOCKS",
}

MAX_MESSAGE_CHARACTERS: Final = 500
"""Our own: what a far side may say about an error."""


def refusal(code: str, message: str) -> RemoteError:
    """The error of one code; raise what this returns.

    Raises:
        KeyError: No rule has this code: a bug.
    """
    return RemoteError(message, code=code, retryable=DEPOSIT_RULES[code].retries)


def refusal_told(code: str, message: str) -> RemoteError:
    """The error that a far side reports; its words are not trusted to be codes or text."""
    known = code if code.isascii() and code in DEPOSIT_RULES else "FAR-REFUSED"
    kept = message[:MAX_MESSAGE_CHARACTERS]
    said = "".join(letter if letter.isprintable() else " " for letter in kept)
    return refusal(known, f"the far side says: {said}")


def source_damaged(message: str) -> IntegrityError:
    """The error of invariant I6: our own copy differs from what was sealed."""
    return IntegrityError(message, code="SOURCE-DAMAGED")


@contextmanager
def told_to_the_sender() -> Iterator[None]:
    """At the far side: turn what the store refuses into codes that a sender understands.

    Raises:
        RemoteError: ``FAR-DISK-FULL``, ``FAR-PERMISSION``, ``FAR-READ-ONLY``, ``FAR-NO-LOCKS``,
            ``FAR-STORAGE`` or ``FAR-REFUSED`` (a store that is not provisioned as it must be).
    """
    try:
        yield
    except OSError as problem:
        raise disk_refusal(problem) from problem
    except (StorageError, ConfigError) as problem:
        if isinstance(problem.__cause__, OSError):
            raise disk_refusal(problem.__cause__) from problem
        raise refusal("FAR-REFUSED", str(problem)) from problem


def disk_refusal(problem: OSError) -> RemoteError:
    """The error of a place whose disk refused, with the path that it is about."""
    code = _DISK_CODES.get(problem.errno or 0, "FAR-STORAGE")
    where = f": {problem.filename}" if problem.filename else ""
    return refusal(code, f"{problem.strerror or problem}{where}")
