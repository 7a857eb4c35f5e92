"""Commands that judge bytes and need no settings: ``inspect``, ``verify``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.cli.output import finding_json, say, say_findings, say_json
from appliance.domain.errors import ConfigError
from appliance.domain.findings import Verdict
from appliance.domain.rules import judge
from appliance.imaging.inspection import InspectionLimits, Integrity, inspect_image
from appliance.imaging.pool import WorkerPool
from appliance.packaging.verify import verify_path
from appliance.pipeline.inspect import failure
from appliance.signing.allowed import read_signers, signer_of
from appliance.signing.sshsig import SignatureError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from appliance.domain.findings import Finding, Report
    from appliance.imaging.inspection import Inspection
    from appliance.packaging.verify import SignatureCheck

_MEMORY_BYTES = 2 * 1024 * 1024 * 1024
_TASK_SECONDS = 300


def inspect_paths(arguments: argparse.Namespace) -> int:
    """Inspect images in a worker process each; 1 when one fails."""
    paths = list(_images_below(arguments.paths))
    if not paths:
        raise ConfigError("there is nothing to inspect at the paths given")
    verdicts, rows = [], []
    with WorkerPool(1, _MEMORY_BYTES, _TASK_SECONDS) as pool:
        limits = InspectionLimits()
        for path in paths:
            future = pool.submit(
                inspect_image, path, name=str(path), views_folder=None, limits=limits
            )
            found = _outcome(future, str(path))
            verdict = judge(found.findings, complete=True)
            verdicts.append(verdict)
            facts, unproved = [frame.to_json() for frame in found.frames], _unproved(found)
            more = {"kind": found.kind, "frames": facts, "not_checked": [*unproved]}
            rows.append(_row(str(path), verdict, found.findings, **more))
            if not arguments.json:
                _say_verdict(str(path), verdict, found.findings)
                _say_unproved(unproved)
    if arguments.json:
        say_json({"files": rows})
    return 0 if all(verdict is Verdict.PASS for verdict in verdicts) else 1


def _outcome(future: Future[Inspection], name: str) -> Inspection:
    try:
        return future.result()
    except Exception as problem:  # noqa: BLE001 - whatever went wrong with it, it is one bad image
        return failure(problem, name)


def _unproved(found: Inspection) -> tuple[str, ...]:
    """The packings of frames that carry no sum of their pixels, so that none could be checked."""
    frames = (one for one in found.frames if one.integrity is Integrity.NOT_CHECKED)
    return tuple(dict.fromkeys(one.compression for one in frames))


def _say_unproved(unproved: tuple[str, ...]) -> None:
    if unproved:
        say(
            "  not checked: whether each pixel is as the scanner made it "
            f"({', '.join(unproved)} carries no sum of its own)"
        )


def _images_below(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.exists():
            raise ConfigError(f"there is no {path}")
        yield from sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]


def verify_one(arguments: argparse.Namespace) -> int:
    """Verify a path; 1 when anything about it does not pass."""
    if not arguments.path.exists():
        raise ConfigError(f"there is no {arguments.path}")
    check = None if arguments.signers is None else _signature_check(arguments.signers)
    reports = verify_path(arguments.path, deep=arguments.deep, check_signature=check)
    verdicts = [_verdict(report) for report in reports]
    if arguments.json:
        pairs = zip(reports, verdicts, strict=True)
        rows = [
            _row(r.subject, v, r.findings, checked=[*r.checked], not_checked=[*r.not_checked])
            for r, v in pairs
        ]
        say_json({"reports": rows})
    else:
        for report, verdict in zip(reports, verdicts, strict=True):
            _say_verdict(report.subject, verdict, report.findings)
            if report.not_checked:
                say(f"  not checked: {', '.join(report.not_checked)}")
    return 0 if reports and all(verdict is Verdict.PASS for verdict in verdicts) else 1


def _signature_check(path: Path) -> SignatureCheck:
    """Believe the signers of one file, each for the papers it may sign."""
    signers = read_signers(path)

    def is_believed(data: bytes, signature: bytes, namespace: str) -> bool:
        try:
            signer_of(signers, signature.decode("ascii", "replace"), data, namespace)
        except SignatureError:
            return False
        return True

    return is_believed


def _verdict(report: Report) -> Verdict:
    return judge(report.findings, complete=not report.not_checked)


def _row(
    subject: str, verdict: Verdict, findings: Iterable[Finding], **more: object
) -> dict[str, Any]:
    listed = [finding_json(finding) for finding in findings]
    return {"subject": subject, "verdict": str(verdict), "findings": listed, **more}


def _say_verdict(subject: str, verdict: Verdict, findings: Iterable[Finding]) -> None:
    say(f"{verdict.upper():<12} {subject}")
    say_findings(findings)
