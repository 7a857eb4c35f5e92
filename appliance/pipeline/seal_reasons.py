"""The reason on the page for what stopped a seal, or for a disk that stopped anything."""

from __future__ import annotations

from appliance.domain.errors import IntegrityError, RuleError, StorageError
from appliance.domain.findings import Finding


def reasons_for(problem: Exception, file_code: str) -> tuple[Finding, ...]:
    """What a person reads of a seal that did not come about.

    Args:
        problem: What was raised.
        file_code: Of the hồ sơ.
    """
    if isinstance(problem, RuleError) and problem.findings:
        return problem.findings
    if isinstance(problem, IntegrityError) and problem.code == "SEAL-READ-BACK":
        return (Finding("SEAL-READ-BACK", file_code),)
    if isinstance(problem, IntegrityError):
        return (Finding("SEAL-MASTER-DAMAGED", file_code, {"problem": str(problem)}),)
    if isinstance(problem, StorageError) and problem.code == "STORAGE-FULL":
        return (no_room(problem, file_code),)
    return (Finding("STAGE-FAILED", file_code, {"stage": "seal", "problem": str(problem)}),)


def no_room(problem: StorageError, where: str) -> Finding:
    """What a person reads of a full disk.

    Args:
        problem: With the code ``STORAGE-FULL``; without sizes when the disk itself said so, in
            the middle of a write.
        where: What it held up.
    """
    code = "STORAGE-FULL" if problem.values else "STORAGE-FILLED-UP"
    return Finding(code, where, problem.values)
