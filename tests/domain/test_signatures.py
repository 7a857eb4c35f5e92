"""What is said of signatures: bytes, signer and algorithms are judged apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.domain.findings import Verdict
from appliance.domain.rules import judge
from appliance.domain.signatures import (
    Coverage,
    SignatureFacts,
    SignedPdfFacts,
    Trust,
    judge_signatures,
)

GOOD = SignatureFacts(
    field="ChuKy1",
    signer="Sở Nội vụ",
    issuer="CA",
    claimed_at="2026-11-20T08:00:00.000000Z",
    stamped_at="2026-11-20T08:00:05.000000Z",
    scheme="rsassa_pss",
    digest="sha256",
    key_kind="rsa",
    key_bits=2048,
    is_intact=True,
    coverage=Coverage.WHOLE,
    trust=Trust.TRUSTED,
)


def codes(*signatures: SignatureFacts, changes: str = "") -> list[str]:
    """The codes of the findings on a PDF."""
    found = judge_signatures(SignedPdfFacts(signatures, changes), "HS-01.pdf")
    return [finding.code for finding in found]


def test_a_good_signature_is_named() -> None:
    """Nothing but who signed is said of it, and it passes."""
    assert codes(GOOD) == ["SIGNED-BY"]
    found = judge_signatures(SignedPdfFacts((GOOD,)), "x")
    assert judge(found, complete=True) is Verdict.PASS


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"is_intact": False}, "SIGNED-BROKEN"),
        ({"coverage": Coverage.REVISION}, "SIGNED-NOT-WHOLE"),
        ({"coverage": Coverage.PART}, "SIGNED-NOT-WHOLE"),
        ({"trust": Trust.NOT_TRUSTED}, "SIGNED-NOT-TRUSTED"),
        ({"trust": Trust.EXPIRED}, "SIGNED-CERTIFICATE-EXPIRED"),
        ({"trust": Trust.NOT_CHECKED}, "SIGNED-TRUST-NOT-CHECKED"),
        ({"stamped_at": ""}, "SIGNED-TIME-CLAIMED"),
        ({"digest": "sha1"}, "SIGNED-ALGORITHM-WEAK"),
        ({"key_bits": 1024}, "SIGNED-ALGORITHM-WEAK"),
        ({"key_kind": "ec", "key_bits": 224, "scheme": "ecdsa"}, "SIGNED-ALGORITHM-WEAK"),
        ({"key_kind": "dsa"}, "SIGNED-ALGORITHM-WEAK"),
        ({"scheme": "rsassa_pkcs1v15"}, "SIGNED-ALGORITHM-UNLISTED"),
    ],
)
def test_each_fault_has_its_name(changes: dict[str, object], expected: str) -> None:
    """One thing that is not as it should be gives one code more."""
    found = codes(replace(GOOD, **changes))  # type: ignore[arg-type]  # each value is its field's
    assert expected in found
    assert set(found) <= {"SIGNED-BY", expected}


@pytest.mark.parametrize(("kind", "bits", "scheme"), [("ec", 256, "ecdsa"), ("ec", 384, "ecdsa")])
def test_curves_are_listed(kind: str, bits: int, scheme: str) -> None:
    """ECDSA of 256 bits and more is as good as RSA-PSS."""
    assert codes(replace(GOOD, key_kind=kind, key_bits=bits, scheme=scheme)) == ["SIGNED-BY"]


def test_an_earlier_signature_covers_its_revision() -> None:
    """Of several signatures the last covers the whole, the others what there was."""
    earlier = replace(GOOD, coverage=Coverage.REVISION)
    assert codes(earlier, GOOD) == ["SIGNED-BY", "SIGNED-BY"]


def test_no_signature_and_other_changes_are_told() -> None:
    """A PDF without signatures is refused, and so is one that was changed besides."""
    assert codes() == ["SIGNED-NO-SIGNATURE"]
    assert codes(GOOD, changes="content") == ["SIGNED-BY", "SIGNED-CONTENT-CHANGED"]
