"""The central register: ``central build`` and ``central query``."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from appliance.central import asking
from appliance.central.asking import Question, held
from appliance.central.engine import open_register
from appliance.cli.output import finding_json, say, say_findings, say_json
from appliance.clock import SystemClock
from appliance.domain.clock import to_text
from appliance.domain.findings import Finding
from appliance.pipeline.central import build
from appliance.signing.allowed import read_signers

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from appliance.central.asking import Held
    from appliance.central.tables import CentralHoldingRow, CentralPaperRow
    from appliance.domain.canonical import JsonValue

_PROBLEMS_TOLD: Final = 100
"""Our own: papers that do not count, told one by one."""


def build_register(arguments: argparse.Namespace) -> int:
    """Bring the register up to date; 1 when a paper does not count."""
    signers = [signer for path in arguments.signers for signer in read_signers(path)]
    with open_register(arguments.into) as register:
        built = build(register, arguments.sources, signers)
        with register.session() as session:
            counts = asking.counts(session)
            problems = [_finding(row) for row in asking.problems(session, limit=_PROBLEMS_TOLD)]
    if arguments.json:
        listed = [finding_json(one) for one in problems]
        say_json({"built": asdict(built), "register": asdict(counts), "problems": listed})
    else:
        say(
            f"read {built.packages} packages and {built.receipts} receipts, "
            f"{built.unchanged} papers known before"
        )
        say(
            f"the register: {counts.packages} packages, {counts.holdings} proved copies, "
            f"{counts.unknown} proofs of something else, {counts.problems} papers do not count"
        )
        say_findings(problems)
    return 1 if counts.problems else 0


def query_register(arguments: argparse.Namespace) -> int:
    """Say what is held where; 1 when something lacks the proof that was asked for."""
    since = None
    if arguments.not_proved_within is not None:
        days = dt.timedelta(days=arguments.not_proved_within)
        since = to_text(SystemClock().now() - days)
    question = Question(arguments.fonds, arguments.file_code, arguments.box, since)
    with open_register(arguments.register, make=False) as register, register.session() as session:
        found = held(session, question)
        if arguments.json:
            rows = [_facts(one) for one in found]
            say_json({"packages": rows})
            count = len(rows)
        else:
            count = _say_lines(found)
    return 1 if since is not None and count else 0


def _say_lines(found: Iterator[Held]) -> int:
    count = 0
    for one in found:
        count += 1
        package = one.package
        where = f"{package.box_id}  {package.fonds_code}  {package.file_code}  v{package.version}"
        say(f"{where}  {package.title or '–'}")
        for proof in one.holdings:
            say(f"    {proof.store_id}: {_proof_words(proof)}")
        if not one.holdings:
            say("    not proved anywhere")
    say(f"{count} packages")
    return count


def _proof_words(proof: CentralHoldingRow) -> str:
    return f"read back {proof.read_at}, receipt {proof.counter}, signed by {proof.signer}"


def _facts(one: Held) -> dict[str, JsonValue]:
    facts: dict[str, JsonValue] = one.package.model_dump()
    facts["holdings"] = [proof.model_dump() for proof in one.holdings]
    return facts


def _finding(row: CentralPaperRow) -> Finding:
    return Finding(row.code, f"{row.source}/{row.path}", {"problem": row.problem})
