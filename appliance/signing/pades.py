"""Reads the signatures inside a PDF with pyHanko: what they are, never what to do about them.

Nothing is fetched from a network: what a certificate leads to is decided by the roots that were
handed in, the certificates inside the PDF, and the moment given. Importing this module takes a
second, so that only whoever reads signatures does it.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, ClassVar, Final

from asn1crypto import algos, pem, x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from appliance.domain.clock import to_text
from appliance.domain.errors import ApplianceError, ConfigError
from appliance.domain.signatures import Coverage, SignatureFacts, SignedPdfFacts, Trust
from appliance.signing.pades_changes import changes_since

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from pyhanko.sign.validation import EmbeddedPdfSignature
    from pyhanko.sign.validation.status import PdfSignatureStatus

_MALFORMED: Final = (
    PdfError,
    SignatureValidationError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What a hostile PDF raises when an object is not of the kind that its place calls for."""

_TAIL_BYTES: Final = 1024
_STARTXREF: Final = re.compile(rb"startxref\s+(\d{1,15})\s+%%EOF\s*\Z")

_MAY_SIGN: Final = KeyUsageConstraints(
    key_usage={"non_repudiation", "digital_signature"}, match_all_key_usages=False
)
"""A certificate for signing documents has one of the two uses."""


class SignaturesUnreadable(ApplianceError):  # noqa: N818 - names what happened
    """The PDF or its signatures cannot be understood."""

    default_code: ClassVar[str] = "SIGNATURES-UNREADABLE"


@dataclass(frozen=True, slots=True)
class SigningTrust:
    """Whom to believe, and when.

    Args:
        roots: PEM or DER of each trusted certificate; none means that trust is not checked.
        moment: When the signatures are judged.
    """

    roots: tuple[bytes, ...]
    moment: dt.datetime


def read_signatures(path: Path, base_bytes: int, trust: SigningTrust) -> SignedPdfFacts:
    """Read every signature of a PDF that was ours up to a length.

    Args:
        path: The signed PDF.
        base_bytes: Length of the PDF that it was made from; those bytes are known to be ours.
        trust: Whom to believe.

    Raises:
        SignaturesUnreadable: It is no PDF that can be judged.
        ConfigError: A root is no certificate.
    """
    roots = [_certificate(data) for data in trust.roots]
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)  # what it has to say is in the facts
    with path.open("rb") as stream:
        try:
            reader = PdfFileReader(stream)
            signatures = list(reader.embedded_regular_signatures)
            facts = tuple(_read(one, roots, trust.moment) for one in signatures)
            return SignedPdfFacts(facts, _changes(reader, stream, base_bytes))
        except _MALFORMED as problem:
            raise SignaturesUnreadable(f"{type(problem).__name__}: {problem}") from problem


def _certificate(data: bytes) -> x509.Certificate:
    try:
        if pem.detect(data):
            _, _, data = pem.unarmor(data)
        found = x509.Certificate.load(data, strict=True)
        found.subject.human_friendly  # noqa: B018 - parses what load leaves for later
    except (ValueError, TypeError) as problem:
        raise ConfigError(
            f"signing.trust_roots names something that is no certificate: {problem}"
        ) from problem
    return found


def _read(
    signature: EmbeddedPdfSignature, roots: Sequence[x509.Certificate], moment: dt.datetime
) -> SignatureFacts:
    status = _validated(signature, roots, moment)
    stamp = status.timestamp_validity
    stamped = stamp.timestamp if stamp is not None and stamp.trusted else None
    if stamped is not None:
        status = _validated(signature, roots, stamped)
    certificate = status.signing_cert
    key = certificate.public_key
    trust, problem = _trust(status, roots, stamped or moment)
    return SignatureFacts(
        field=str(signature.field_name),  # a plain text, without the reader behind it
        signer=certificate.subject.human_friendly,
        issuer=certificate.issuer.human_friendly,
        claimed_at=to_text(status.signer_reported_dt) if status.signer_reported_dt else "",
        stamped_at=to_text(stamped) if stamped else "",
        scheme=_scheme(status.pkcs7_signature_mechanism),
        digest=status.md_algorithm,
        key_kind=key.algorithm,
        key_bits=int(key.bit_size),
        is_intact=bool(status.intact and status.valid),
        coverage=_coverage(status),
        trust=trust,
        trust_problem=problem,
    )


def _scheme(mechanism: str) -> str:
    """The scheme without the digest that some names carry: ``ecdsa`` of ``sha256_ecdsa``."""
    try:
        return str(algos.SignedDigestAlgorithm({"algorithm": mechanism}).signature_algo)
    except ValueError:
        return mechanism


def _validated(
    signature: EmbeddedPdfSignature, roots: Sequence[x509.Certificate], moment: dt.datetime
) -> PdfSignatureStatus:
    context = ValidationContext(
        trust_roots=list(roots), allow_fetching=False, moment=moment, retroactive_revinfo=True
    )
    return validate_pdf_signature(
        signature,
        signer_validation_context=context,
        ts_validation_context=context,
        key_usage_settings=_MAY_SIGN,
    )


def _trust(
    status: PdfSignatureStatus, roots: Sequence[x509.Certificate], moment: dt.datetime
) -> tuple[Trust, str]:
    """Whether the signer is known; the validity of the certificate needs no root to be seen."""
    certificate = status.signing_cert
    if not certificate.not_valid_before <= moment <= certificate.not_valid_after:
        return Trust.EXPIRED, f"valid until {to_text(certificate.not_valid_after)}"
    if not roots:
        return Trust.NOT_CHECKED, ""
    if status.trusted:
        return Trust.TRUSTED, ""
    problem = status.trust_problem_indic
    return Trust.NOT_TRUSTED, "" if problem is None else str(problem.standard_name)


def _coverage(status: PdfSignatureStatus) -> Coverage:
    if status.coverage == SignatureCoverageLevel.ENTIRE_FILE:
        return Coverage.WHOLE
    if status.coverage != SignatureCoverageLevel.ENTIRE_REVISION:
        return Coverage.PART
    is_for_validation = status.modification_level == ModificationLevel.LTA_UPDATES
    return Coverage.WHOLE if is_for_validation else Coverage.REVISION


def _changes(reader: PdfFileReader, stream: BinaryIO, base_bytes: int) -> str:
    """What else was done to our bytes; empty when nothing."""
    revision = _base_revision(reader, stream, base_bytes)
    if revision is None:
        return "the updates pass over the PDF of this box"
    return changes_since(reader, revision)


def _base_revision(reader: PdfFileReader, stream: BinaryIO, base_bytes: int) -> int | None:
    """The revision that our own bytes end with; None when the updates pass it over."""
    start = max(0, base_bytes - _TAIL_BYTES)
    stream.seek(start)
    tail = _STARTXREF.search(stream.read(base_bytes - start))
    if tail is None:
        return None
    revisions = range(reader.xrefs.total_revisions)
    return next(
        (one for one in revisions if reader.xrefs.get_startxref_for_revision(one) == int(tail[1])),
        None,
    )
