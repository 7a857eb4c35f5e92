"""``appliance verify``: packages, papers and stores; nothing that reads scans is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.output import say, say_json, say_verdict, verdict_row
from appliance.cli.progress import ReadProgress
from appliance.domain.errors import ConfigError
from appliance.domain.findings import Verdict
from appliance.domain.rules import judge
from appliance.packaging.verify import verify_path
from appliance.signing.allowed import read_signers, signer_of
from appliance.signing.sshsig import SignatureError

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from appliance.domain.findings import Report
    from appliance.packaging.verify import SignatureCheck


def verify_paths(arguments: argparse.Namespace) -> int:
    """Verify paths; 1 when anything about them does not pass."""
    for path in arguments.paths:
        if not path.exists():
            raise ConfigError(f"there is no {path}")
    reports = _reports(arguments)
    verdicts = [_verdict(report) for report in reports]
    if arguments.json:
        pairs = zip(reports, verdicts, strict=True)
        rows = [
            verdict_row(
                r.subject, v, r.findings, checked=[*r.checked], not_checked=[*r.not_checked]
            )
            for r, v in pairs
        ]
        say_json({"reports": rows})
    else:
        for report, verdict in zip(reports, verdicts, strict=True):
            say_verdict(report.subject, verdict, report.findings)
            if report.not_checked:
                say(f"  not checked: {', '.join(report.not_checked)}")
    return 0 if reports and all(verdict is Verdict.PASS for verdict in verdicts) else 1


def _reports(arguments: argparse.Namespace) -> tuple[Report, ...]:
    """Of each path in turn: every core is at work on one package at a time."""
    check = None if arguments.signers is None else _signature_check(arguments.signers)
    with ReadProgress() as progress:
        return tuple(
            report
            for path in arguments.paths
            for report in verify_path(
                path,
                deep=arguments.deep,
                check_signature=check,
                jobs=arguments.jobs,
                on_read=progress.add,
            )
        )


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
