"""What a PDF/A says about itself: the XMP packet and the old information dictionary.

The packet is written plainly, with each namespace declared once: the format-identification
pattern of the archives' registry (PRONOM fmt/477) reads no other form.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from xml.sax.saxutils import escape

from appliance.domain.identifiers import nfc
from appliance.imaging.pdf_form import PdfaProfile

PRODUCER = "archive appliance"
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot carry."""


@dataclass(frozen=True, slots=True)
class PdfInfo:
    """What the document is.

    Args:
        title: Shown by readers in place of the name.
        identifier: Of the document, such as its file code.
        created: Aware; a recorded fact, so that the same facts give the same bytes.
        language: BCP 47, of the text.
        fonds: What it is part of: the name and code of its fonds.

    Raises:
        ValueError: The moment carries no time zone, or the language is no such tag.
    """

    title: str
    identifier: str
    created: dt.datetime
    language: str = "vi"
    fonds: str = ""

    def __post_init__(self) -> None:
        if self.created.tzinfo is None:
            raise ValueError("a moment without a time zone is not a fact")
        if _LANGUAGE.fullmatch(self.language) is None:
            raise ValueError(f"not a language tag: {self.language!r}")


def xmp_packet(info: PdfInfo, profile: PdfaProfile = PdfaProfile.A2B) -> bytes:
    """The metadata stream, uncompressed, in UTF-8.

    Args:
        info: What the document is.
        profile: The archival form that it claims.
    """
    moment = _utc(info).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
{identification(profile)}
</rdf:Description>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{_text(info.title)}</rdf:li></rdf:Alt></dc:title>
<dc:identifier>{_text(info.identifier)}</dc:identifier>
{_relation(info)}<dc:language><rdf:Bag><rdf:li>{_text(info.language)}</rdf:li></rdf:Bag></dc:language>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<xmp:CreateDate>{moment}</xmp:CreateDate><xmp:ModifyDate>{moment}</xmp:ModifyDate>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<pdf:Producer>{PRODUCER}</pdf:Producer>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>""".encode()


def identification(profile: PdfaProfile) -> str:
    """How a packet claims an archival form, to the letter."""
    return f"<pdfaid:part>{profile.part}</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>"


def _relation(info: PdfInfo) -> str:
    """The fonds, in the one field of the predefined schemas that says what belongs together."""
    if not info.fonds:
        return ""
    return f"<dc:relation><rdf:Bag><rdf:li>{_text(info.fonds)}</rdf:li></rdf:Bag></dc:relation>\n"


def information_dictionary(info: PdfInfo) -> str:
    """The same facts for readers that know no XMP."""
    moment = _utc(info).strftime("D:%Y%m%d%H%M%SZ")
    return (
        f"<< /Title {pdf_text(info.title)} /Producer ({PRODUCER}) "
        f"/CreationDate ({moment}) /ModDate ({moment}) >>"
    )


def pdf_text(text: str) -> str:
    """A text string of PDF: UTF-16 with its mark, hexadecimal."""
    return f"<FEFF{_clean(text).encode('utf-16-be').hex().upper()}>"


def _utc(info: PdfInfo) -> dt.datetime:
    return info.created.astimezone(dt.UTC)


def _text(text: str) -> str:
    return escape(_clean(text))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("", nfc(text))
