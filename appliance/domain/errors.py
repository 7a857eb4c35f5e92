"""Errors, sorted by who must act on them.

Each carries a stable code, the exit status of the command line (``docs/operations.md`` lists
both) and a message that says what to do next. Expected problems with records are *findings*
(``domain.findings``), not exceptions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.domain.findings import Finding


class ApplianceError(Exception):
    """The base of every error this project raises on purpose; never raised itself.

    Args:
        message: One sentence in plain English for the journal, saying what to do next.
        code: A stable code; each class has its own default.
    """

    default_code: ClassVar[str] = "APPLIANCE"
    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code or self.default_code


class ConfigError(ApplianceError):
    """The installer must act: a setting, a program or a file system is not as needed."""

    default_code = "CONFIG"
    exit_status = 2


class RuleError(ApplianceError):
    """The archivist must act: a rule of the domain refuses what was asked.

    Args:
        message: What was refused.
        findings: Why, one finding per broken rule.
        code: A stable code.
    """

    default_code = "RULE"
    exit_status = 3

    def __init__(
        self, message: str, findings: tuple[Finding, ...] = (), *, code: str | None = None
    ) -> None:
        super().__init__(message, code=code)
        self.findings = findings


class IllegalTransition(ApplianceError):  # noqa: N818 - the name is the project's word for it
    """A bug or a stale screen: the event does not apply to this state, and nothing changed."""

    default_code = "ILLEGAL-TRANSITION"
    exit_status = 3


class StorageError(ApplianceError):
    """The local disk refused: full, read-only, unmounted or failing.

    Args:
        message: What was refused.
        code: ``STORAGE-FULL`` when there is no room.
        values: Facts for the rule's sentence, such as ``needed_bytes`` and ``free_bytes``.
    """

    default_code = "STORAGE"
    exit_status = 4

    def __init__(
        self, message: str, *, code: str | None = None, values: Mapping[str, int] | None = None
    ) -> None:
        super().__init__(message, code=code)
        self.values = dict(values or {})


class RemoteError(ApplianceError):
    """A destination could not do what was asked.

    Args:
        message: What happened.
        code: A code of ``domain.rules.deposit``, such as ``LINE-DOWN``.
        retryable: Whether trying again later can help without a person.
    """

    default_code = "REMOTE"
    exit_status = 4

    def __init__(self, message: str, *, code: str | None = None, retryable: bool = True) -> None:
        super().__init__(message, code=code)
        self.retryable = retryable


class IntegrityError(ApplianceError):
    """Our own record and the bytes disagree: stop this object and tell a person."""

    default_code = "INTEGRITY"
    exit_status = 5
