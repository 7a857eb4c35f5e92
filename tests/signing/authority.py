"""A throw-away certificate authority, and PDFs really signed by its people."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import fpdf
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from PIL import Image
from pyhanko.pdf_utils.images import PdfImage
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

NOW: Final = dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC)
"""When the tests of signatures judge."""
_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a key and a certificate.

    Args:
        key: Private.
        certificate: Of the authority over its public key.
    """

    key: PrivateKeyTypes
    certificate: x509.Certificate

    def signer(self, root: x509.Certificate, *, pss: bool = True) -> SimpleSigner:
        """What pyHanko signs with, the root's certificate inside."""
        der = serialization.Encoding.DER
        key = self.key.private_bytes(
            der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        registry = SimpleCertificateStore()
        registry.register(asn1_x509.Certificate.load(root.public_bytes(der)))
        return SimpleSigner(
            asn1_x509.Certificate.load(self.certificate.public_bytes(der)),
            asn1_keys.PrivateKeyInfo.load(key),
            registry,
            prefer_pss=pss,
        )


class Authority:
    """A root, and the people it certifies.

    Args:
        name: Of the root.
        start: From when the root is valid.
    """

    def __init__(self, name: str = "CA thử nghiệm", start: dt.datetime = NOW - 400 * _DAY) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        self.root = self._certified(self._name, self._key, start, start + 4000 * _DAY, is_root=True)

    @property
    def pem(self) -> bytes:
        """The root as settings name it."""
        return self.root.public_bytes(serialization.Encoding.PEM)

    def person(
        self,
        name: str = "Sở Nội vụ",
        *,
        key: PrivateKeyTypes | None = None,
        start: dt.datetime = NOW - 300 * _DAY,
        days: int = 700,
    ) -> Person:
        """Certify somebody; with a P-256 key unless told."""
        own = key or ec.generate_private_key(ec.SECP256R1())
        end = start + days * _DAY
        return Person(own, self._certified(_named(name), own, start, end, is_root=False))

    def _certified(
        self,
        name: x509.Name,
        key: PrivateKeyTypes,
        start: dt.datetime,
        end: dt.datetime,
        *,
        is_root: bool,
    ) -> x509.Certificate:
        usage = x509.KeyUsage(
            digital_signature=not is_root,
            content_commitment=not is_root,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=is_root,
            crl_sign=is_root,
            encipher_only=False,
            decipher_only=False,
        )
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())  # type: ignore[arg-type]  # RSA and EC keys alone
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .sign(self._key, hashes.SHA256())
        )


def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    """A fresh RSA key."""
    return rsa.generate_private_key(65537, bits)


def plain_pdf(path: Path, text: str = "Quyet dinh so 12") -> bytes:
    """Write a PDF of one page that nobody signed; its bytes."""
    page = fpdf.FPDF()
    page.add_page()
    page.set_font("helvetica", size=14)
    page.cell(text=text)
    path.write_bytes(bytes(page.output()))
    return path.read_bytes()


def signed(
    data: bytes,
    person: Person,
    root: x509.Certificate,
    *,
    field: str = "ChuKy1",
    digest: str = "sha256",
    pss: bool = True,
    is_shown: bool = False,
) -> bytes:
    """Sign a PDF by an incremental update, as an officer's program does.

    Args:
        data: The PDF.
        person: Who signs.
        root: Of the authority; it goes into the signature.
        field: Made if it is not there.
        digest: Of the signature.
        pss: Whether an RSA key signs by PSS.
        is_shown: Whether the signature is shown as a picture.
    """
    metadata = PdfSignatureMetadata(
        field_name=field, md_algorithm=digest, subfilter=SigSeedSubFilter.PADES
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    signer = person.signer(root, pss=pss)
    made = PdfSigner(metadata, signer, stamp_style=_picture() if is_shown else None)
    return bytes(made.sign_pdf(writer).getbuffer())


def _picture() -> StaticStampStyle:
    picture = PdfImage(Image.new("L", (300, 60), 200))
    return StaticStampStyle(background=picture, border_width=0, background_opacity=1)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
