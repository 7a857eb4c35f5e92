"""What a signature inside a PDF says, and what the law and this box say to that: pure values.

Three things are judged apart, and none stands in for another: whether the bytes are as they
were signed, whether the signer is who a trusted authority says, and whether the algorithms are
those of today.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from appliance.domain.findings import Finding
from appliance.domain.policy import (
    MIN_SIGNATURE_CURVE_BITS,
    MIN_SIGNATURE_RSA_BITS,
    SIGNATURE_DIGESTS,
    SIGNATURE_SCHEMES,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.domain.canonical import JsonValue


class Coverage(StrEnum):
    """How much of the PDF one signature covers."""

    WHOLE = "whole"
    """Every byte but its own, or all but data for its long-term validation."""
    REVISION = "revision"
    """Every byte up to a later update that is more than that."""
    PART = "part"
    """Not even the revision that it closes."""


class Trust(StrEnum):
    """Whether the signer's certificate leads to a trusted root."""

    TRUSTED = "trusted"
    EXPIRED = "expired"
    """It did, at another time than that of the signature's proof."""
    NOT_TRUSTED = "not_trusted"
    NOT_CHECKED = "not_checked"
    """No root is configured to hold it against."""


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """One signature, as a reader of signed PDFs found it.

    Args:
        field: Name of its form field.
        signer: Subject of the signer's certificate, as people read it.
        issuer: Who issued that certificate.
        claimed_at: When it was made, as the signer says (``clock.to_text``); empty if unsaid.
        stamped_at: The same, as a trusted time stamp proves; empty without one.
        scheme: Of the signature, such as ``rsassa_pss`` or ``ecdsa``.
        digest: Of the signature, such as ``sha256``.
        key_kind: ``rsa``, ``ec`` or another algorithm's name.
        key_bits: Length of the signer's key.
        is_intact: Whether the signed bytes and the signature itself are as they were made.
        coverage: How much it covers.
        trust: Whether its signer is known.
        trust_problem: Why not, as the reader says; empty when trusted or not checked.
    """

    field: str
    signer: str
    issuer: str
    claimed_at: str
    stamped_at: str
    scheme: str
    digest: str
    key_kind: str
    key_bits: int
    is_intact: bool
    coverage: Coverage
    trust: Trust
    trust_problem: str = ""

    def to_json(self) -> dict[str, JsonValue]:
        """A plain form for the catalogue and the custody event."""
        return {
            "claimed_at": self.claimed_at,
            "coverage": str(self.coverage),
            "digest": self.digest,
            "field": self.field,
            "issuer": self.issuer,
            "key": f"{self.key_kind} {self.key_bits}",
            "scheme": self.scheme,
            "signer": self.signer,
            "stamped_at": self.stamped_at,
            "trust": str(self.trust),
        }


@dataclass(frozen=True, slots=True)
class SignedPdfFacts:
    """Every signature of one PDF, and what else was done to it since it was ours.

    Args:
        signatures: In the order in which they were made.
        changes: What its updates changed besides adding signatures, as the reader says; empty
            when nothing.
    """

    signatures: tuple[SignatureFacts, ...]
    changes: str = ""


def judge_signatures(facts: SignedPdfFacts, where: str) -> tuple[Finding, ...]:
    """Everything that is wrong or remarkable about the signatures of a PDF.

    Args:
        facts: As read.
        where: How findings call the PDF.
    """
    if not facts.signatures:
        return (Finding("SIGNED-NO-SIGNATURE", where),)
    found = [finding for one in facts.signatures for finding in _judge(one, where)]
    if facts.changes:
        found.append(Finding("SIGNED-CONTENT-CHANGED", where, {"problem": facts.changes}))
    if not any(one.coverage is Coverage.WHOLE for one in facts.signatures):
        found.append(Finding("SIGNED-NOT-WHOLE", where))
    return tuple(found)


def _judge(one: SignatureFacts, where: str) -> Iterator[Finding]:
    named: dict[str, JsonValue] = {"signer": one.signer, "signed_at": _time_of(one)}
    if not one.is_intact:
        yield Finding("SIGNED-BROKEN", where, named)
        return
    yield Finding("SIGNED-BY", where, named)
    if one.coverage is Coverage.PART:
        yield Finding("SIGNED-NOT-WHOLE", where)
    yield from _judge_algorithms(one, where)
    code = _TRUST_CODES.get(one.trust)
    if code is not None:
        yield Finding(code, where, {**named, "problem": one.trust_problem})
    if not one.stamped_at:
        yield Finding("SIGNED-TIME-CLAIMED", where, named)


_TRUST_CODES: Final = {
    Trust.EXPIRED: "SIGNED-CERTIFICATE-EXPIRED",
    Trust.NOT_TRUSTED: "SIGNED-NOT-TRUSTED",
    Trust.NOT_CHECKED: "SIGNED-TRUST-NOT-CHECKED",
}


def _judge_algorithms(one: SignatureFacts, where: str) -> Iterator[Finding]:
    bounds = {"rsa": MIN_SIGNATURE_RSA_BITS, "ec": MIN_SIGNATURE_CURVE_BITS}
    wanted_bits = bounds.get(one.key_kind)
    values: dict[str, JsonValue] = {
        "signer": one.signer,
        "algorithm": f"{one.scheme}, {one.digest}, {one.key_kind} {one.key_bits}",
    }
    is_short = wanted_bits is None or one.key_bits < wanted_bits
    if is_short or one.digest not in SIGNATURE_DIGESTS:
        yield Finding("SIGNED-ALGORITHM-WEAK", where, values)
    elif one.scheme not in SIGNATURE_SCHEMES:
        yield Finding("SIGNED-ALGORITHM-UNLISTED", where, values)


def _time_of(one: SignatureFacts) -> str:
    return one.stamped_at or one.claimed_at or "?"
