"""Small signed papers, keys and lists from other hands: read to the letter, or refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.courier_papers import (
    CarriedPackage,
    DiskMarker,
    Manifest,
    NamedPackage,
    TakenOutcome,
    TakenReport,
)
from appliance.domain.errors import ConfigError
from appliance.domain.receipts import PACKAGE_NAMESPACE, Receipt, Sidecar
from appliance.domain.sheets import format_sheet, parse_sheet
from appliance.signing import sshsig
from appliance.signing.allowed import read_signers
from appliance.signing.keys import key_from_seed
from tests.domain.test_receipts import RECEIPT, SIDECAR
from tests.fuzz.making import EXAMPLES, Mutation, fuzzing, mutated, mutations

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.domain.signed_paper import SignedPaper

KEY = key_from_seed(bytes(range(32)))
AT = "2026-03-02T08:00:00.000000Z"
DISK = DiskMarker("0f" * 16, "box-01", "province", AT)
CARRIED = CarriedPackage(SIDECAR.objid, SIDECAR.size_bytes, SIDECAR.sha256)
NAMED = NamedPackage(SIDECAR.fonds_code, SIDECAR.file_code, SIDECAR.objid)
MANIFEST = Manifest("0f" * 16, "box-01", "province", 3, AT, (CARRIED,), (NAMED,))
TAKEN = TakenOutcome(SIDECAR.objid, "FAR-DISK-FULL")
REPORT = TakenReport("0f" * 16, "province", 3, AT, (TAKEN,))
PAPERS = [SIDECAR, RECEIPT, DISK, MANIFEST, REPORT]
VALUES = (
    "null", "1e9", "1.0", "-0", "NaN", "9" * 5000, "[[]]", "[null]", "[" * 5000, "{}",
    '{"format":1}', '"\\ud800"', '"\\u0041"',
)  # fmt: skip
"""What no key of any paper holds: of another kind, or written in another way."""
MARK = "the place of the value"
Readable = type[Sidecar | Receipt | DiskMarker | Manifest | TakenReport]


def is_read(kind: Readable, data: bytes) -> bool:
    """Whether bytes are taken for a paper; then they are its own bytes."""
    try:
        paper: SignedPaper = kind.from_bytes(data)
    except ValueError:
        return False
    assert paper.to_bytes() == data
    return True


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: type(paper).__name__)
def test_damaged_papers_are_read_exactly_or_not_at_all(
    paper: Sidecar | Receipt | DiskMarker | Manifest | TakenReport,
) -> None:
    """Whatever is changed in a paper, what is read of it is what would be written."""
    seed = paper.to_bytes()
    assert is_read(type(paper), seed)

    @fuzzing(EXAMPLES // 3)
    @given(mutations())
    def answers(changes: list[Mutation]) -> None:
        is_read(type(paper), mutated(seed, changes))

    answers()


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: type(paper).__name__)
@pytest.mark.parametrize("value", VALUES, ids=lambda value: value[:12])
def test_other_values_are_no_paper(
    paper: Sidecar | Receipt | DiskMarker | Manifest | TakenReport, value: str
) -> None:
    """Each key in turn holds something else; the line is refused, however odd the value."""
    told = json.loads(paper.to_bytes())
    for name in told:
        line = json.dumps({**told, name: MARK}, ensure_ascii=False, separators=(",", ":"))
        assert not is_read(type(paper), line.replace(f'"{MARK}"', value).encode() + b"\n"), name


def test_damaged_signatures_are_refused() -> None:
    """Whatever is changed in a signature, it is the same signature or none."""
    message = SIDECAR.to_bytes()
    seed = sshsig.sign(KEY, message, PACKAGE_NAMESPACE).encode()

    @fuzzing(EXAMPLES // 3)
    @given(mutations())
    def refuses(changes: list[Mutation]) -> None:
        text = mutated(seed, changes).decode("utf-8", "surrogateescape")
        try:
            signer = sshsig.verify(text, message, PACKAGE_NAMESPACE)
        except sshsig.SignatureError:
            return
        assert signer == KEY.public
        assert "".join(text.split()) == "".join(seed.decode().split())

    refuses()


def test_damaged_lists_of_signers_are_refused(tmp_path: Path) -> None:
    """Whatever is changed in a list of signers, it names none that the key does not fit."""
    path = tmp_path / "allowed"
    line = KEY.public.line()
    seed = f'box-01 namespaces="{PACKAGE_NAMESPACE}" {line}\nbox-02 end="20260101000000Z" {line}\n'

    @fuzzing(EXAMPLES // 3)
    @given(mutations())
    def answers(changes: list[Mutation]) -> None:
        path.write_bytes(mutated(seed.encode(), changes))
        try:
            signers = read_signers(path)
        except ConfigError as refused:
            code = refused.code
        else:
            code = "ALLOWED-SIGNERS" if all(signer.line() for signer in signers) else ""
        assert code == "ALLOWED-SIGNERS"

    answers()


def test_damaged_words_of_a_sheet_are_no_other_sheet() -> None:
    """What a cover sheet says is read as it would be printed, or not at all."""
    words = st.sampled_from([f"AA1:H:{SIDECAR.file_code}", "AA1:R:H49:3", "AA1:T:scan-01.a"])

    @fuzzing(EXAMPLES // 3)
    @given(words, mutations())
    def answers(text: str, changes: list[Mutation]) -> None:
        damaged = mutated(text.encode(), changes).decode("utf-8", "surrogateescape")
        sheet = parse_sheet(damaged)
        assert sheet is None or format_sheet(sheet) == damaged

    answers()
