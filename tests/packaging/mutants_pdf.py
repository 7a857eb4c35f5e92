"""Packages whose PDF/A breaks its standard; digests are carried through PREMIS, METS and bag."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pikepdf
from pikepdf import Array, Dictionary, Name

from tests.packaging.mutants_content import edit_pdf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.packaging.bags import Bag

PDFS = "representations/rep1/data/*.pdf"
LZW = b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01"
CLOCK = Dictionary(S=Name.Launch, F=pikepdf.String("clock"))

BYTES = (
    ("header-2", "PDF-HEADER", b"%PDF-1.7", b"%PDF-2.0"),
    ("header-late", "PDF-HEADER", b"%PDF-1.7", b" %PDF-1.7"),
    ("header-plain-comment", "PDF-HEADER", b"\n%\xbf\xf7\xa2\xfe", b"\n%abcd"),
    ("no-id", "PDF-HEADER", b"/ID [", b"/IX ["),
    ("part-3", "PDF-NOT-PDFA", b"part>2<", b"part>3<"),
    ("part-4", "PDF-NOT-PDFA", b"part>2<", b"part>4<"),
    ("part-1-in-1.7", "PDF-HEADER", b"part>2<", b"part>1<"),
    ("part-missing", "PDF-NOT-PDFA", b"<pdfaid:part>2</pdfaid:part>", b" " * 28),
    ("level-c", "PDF-NOT-PDFA", b"conformance>B<", b"conformance>C<"),
    ("level-lower-case", "PDF-NOT-PDFA", b"conformance>B<", b"conformance>b<"),
    ("xmp-broken", "PDF-NOT-PDFA", b"</rdf:RDF>", b"</rdf:RDG>"),
    ("xmp-other-namespace", "PDF-NOT-PDFA", b"pdfa/ns/id/", b"pdfa/ns/xx/"),
    ("startxref", "PDF-UNREADABLE", b"startxref\n", b"startxref\n9"),
    ("xref", "PDF-UNREADABLE", b"xref\n0 ", b"xrxf\n0 "),
    ("no-end", "PDF-UNREADABLE", b"%%EOF", b"%%EOX"),
    ("escaped-name", "PDF-INTERPOLATE", b"/BitsPerComponent 8", b"/Interp#6flate true"),
    ("no-catalog", "PDF-UNREADABLE", b"/Root ", b"/Toor "),
)
"""Name, code, bytes that are replaced (the last place), and by what."""


def _replaced(old: bytes, new: bytes, bag: Bag) -> None:
    path = bag.path(bag.first(PDFS))
    data = path.read_bytes()
    at = data.rindex(old)
    path.write_bytes(data[:at] + new + data[at + len(old) :])
    bag.repremis()


def _resaved(bag: Bag, **how: object) -> None:
    path = bag.path(bag.first(PDFS))
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.save(path, **how)  # type: ignore[arg-type]  # any of its options
    bag.repremis()


def _cut(bag: Bag) -> None:
    path = bag.path(bag.first(PDFS))
    path.write_bytes(path.read_bytes()[:-400])
    bag.repremis()


def _tail(bag: Bag) -> None:
    path = bag.path(bag.first(PDFS))
    path.write_bytes(path.read_bytes() + b"more\n")
    bag.repremis()


def _no_page(pdf: pikepdf.Pdf) -> None:
    while len(pdf.pages):
        del pdf.pages[0]


def _intent(pdf: pikepdf.Pdf, key: str, value: object) -> None:
    pdf.Root.OutputIntents[0][key] = value


def _profile(pdf: pikepdf.Pdf, data: bytes) -> None:
    profile = pikepdf.Stream(pdf, data)
    profile.N = 3
    pdf.Root.OutputIntents[0].DestOutputProfile = profile


def _channels(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OutputIntents[0].DestOutputProfile.N = 2


def _annotate(pdf: pikepdf.Pdf, **entries: object) -> None:
    about = {"Type": Name.Annot, "Rect": Array([10, 10, 60, 30]), "F": 4, **entries}
    annotation = pdf.make_indirect(Dictionary({f"/{key}": one for key, one in about.items()}))
    pdf.pages[0].Annots = Array([annotation])
    if entries["Subtype"] == Name.Widget:
        pdf.Root.AcroForm = Dictionary(Fields=Array([annotation]))


def _on_root(pdf: pikepdf.Pdf, key: str, value: object) -> None:
    pdf.Root[key] = value


def _on_page(pdf: pikepdf.Pdf, key: str, value: object) -> None:
    pdf.pages[0].obj[key] = value


def _on_image(pdf: pikepdf.Pdf, key: str, value: object) -> None:
    pdf.pages[0].Resources.XObject.Im0[key] = value


def _beside_image(pdf: pikepdf.Pdf, data: bytes, **entries: object) -> None:
    stream = pikepdf.Stream(pdf, data)
    for key, value in entries.items():
        stream[f"/{key}"] = value
    pdf.pages[0].Resources.XObject.Fm0 = stream


def _text_in_form(pdf: pikepdf.Pdf) -> None:
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Courier)
    resources = Dictionary(Font=Dictionary(F1=font))
    words = b"BT /F1 9 Tf (x) Tj ET"
    _beside_image(pdf, words, Subtype=Name.Form, BBox=Array([0, 0, 9, 9]), Resources=resources)


def _names(pdf: pikepdf.Pdf) -> None:
    script = Dictionary(S=Name.JavaScript, JS=pikepdf.String("1"))
    tree = Dictionary(Names=Array([pikepdf.String("a"), script]))
    pdf.Root.Names = Dictionary(JavaScript=tree)


def _file_on_page(pdf: pikepdf.Pdf) -> None:
    held = Dictionary(Type=Name.Filespec, F=pikepdf.String("a"), EF=Dictionary(F=_data(pdf)))
    _annotate(pdf, Subtype=Name.FileAttachment, FS=held)


def _data(pdf: pikepdf.Pdf) -> pikepdf.Stream:
    return pikepdf.Stream(pdf, b"data")


def _wide(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].mediabox = Array([0, 0, 15000, 100])


def _thin(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].mediabox = Array([0, 0, 2, 100])


CHANGES: dict[str, tuple[str, Callable[[pikepdf.Pdf], object]]] = {
    "no-page": ("PDF-NO-PAGE", _no_page),
    "intent-other": ("PDF-OUTPUT-INTENT", lambda pdf: _intent(pdf, "/S", Name.GTS_PDFX)),
    "intent-no-profile": ("PDF-OUTPUT-INTENT", lambda pdf: _profile(pdf, b"no profile")),
    "intent-channels": ("PDF-OUTPUT-INTENT", _channels),
    "launch": ("PDF-ACTIVE", lambda pdf: _annotate(pdf, Subtype=Name.Link, A=CLOCK)),
    "page-actions": ("PDF-ACTIVE", lambda pdf: _on_page(pdf, "/AA", Dictionary(O=CLOCK))),
    "named-script": ("PDF-ACTIVE", _names),
    "xfa": ("PDF-ACTIVE", lambda pdf: _on_root(pdf, "/AcroForm", Dictionary(XFA=_data(pdf)))),
    "need-appearances": (
        "PDF-ACTIVE",
        lambda pdf: _on_root(pdf, "/AcroForm", Dictionary(NeedAppearances=True)),
    ),
    "needs-rendering": ("PDF-ACTIVE", lambda pdf: _on_root(pdf, "/NeedsRendering", True)),  # noqa: FBT003 - a PDF value
    "file-on-page": ("PDF-ATTACHMENT", _file_on_page),
    "lzw": ("PDF-STREAM-KIND", lambda pdf: _beside_image(pdf, LZW, Filter=Name.LZWDecode)),
    "unknown-filter": ("PDF-STREAM-KIND", lambda pdf: _beside_image(pdf, b"", Filter=Name.Zstd)),
    "outside-stream": (
        "PDF-STREAM-KIND",
        lambda pdf: _beside_image(pdf, b"", F=pikepdf.String("/etc/passwd")),
    ),
    "alternates": ("PDF-FORBIDDEN", lambda pdf: _on_image(pdf, "/Alternates", Array([]))),
    "opi": ("PDF-FORBIDDEN", lambda pdf: _on_image(pdf, "/OPI", Dictionary())),
    "postscript": ("PDF-FORBIDDEN", lambda pdf: _beside_image(pdf, b"showpage", Subtype=Name.PS)),
    "reference": (
        "PDF-FORBIDDEN",
        lambda pdf: _beside_image(pdf, b"", Subtype=Name.Form, Ref=Dictionary()),
    ),
    "presentation": ("PDF-FORBIDDEN", lambda pdf: _on_page(pdf, "/PresSteps", Dictionary())),
    "requirements": ("PDF-FORBIDDEN", lambda pdf: _on_root(pdf, "/Requirements", Array([]))),
    "link": ("PDF-ANNOTATION", lambda pdf: _annotate(pdf, Subtype=Name.Link)),
    "note": ("PDF-ANNOTATION", lambda pdf: _annotate(pdf, Subtype=Name.Text)),
    "text-field": ("PDF-ANNOTATION", lambda pdf: _annotate(pdf, Subtype=Name.Widget, FT=Name.Tx)),
    "signature-unprinted": (
        "PDF-ANNOTATION",
        lambda pdf: _annotate(pdf, Subtype=Name.Widget, FT=Name.Sig, F=0, AP=Dictionary()),
    ),
    "signature-hidden": (
        "PDF-ANNOTATION",
        lambda pdf: _annotate(pdf, Subtype=Name.Widget, FT=Name.Sig, F=6, AP=Dictionary()),
    ),
    "signature-faceless": (
        "PDF-ANNOTATION",
        lambda pdf: _annotate(pdf, Subtype=Name.Widget, FT=Name.Sig),
    ),
    "page-too-wide": ("PDF-PAGE-SIZE", _wide),
    "page-too-thin": ("PDF-PAGE-SIZE", _thin),
    "cmyk": ("PDF-COLOUR", lambda pdf: _on_image(pdf, "/ColorSpace", Name.DeviceCMYK)),
    "text-in-form": ("PDF-FONT", _text_in_form),
}
"""Code, and what is done to the opened PDF."""


def _renamed(bag: Bag) -> None:
    path = bag.path(bag.first(PDFS))
    path.rename(path.with_suffix(".txt"))
    for document in (bag.folder / bag.aip).rglob("*.xml"):
        text = document.read_text("utf-8").replace(path.name, path.with_suffix(".txt").name)
        document.write_text(text, "utf-8")
    bag.relink()


def _mutants() -> Iterator[tuple[str, tuple[str, Callable[[Bag], object]]]]:
    for name, code, old, new in BYTES:
        yield f"pdfa-{name}", (code, partial(_replaced, old, new))
    for name, (code, change) in CHANGES.items():
        yield f"pdfa-{name}", (code, partial(edit_pdf, change=change))
    locked = partial(_resaved, encryption=pikepdf.Encryption(owner="a", user="b"))
    unlocked = partial(_resaved, encryption=pikepdf.Encryption(owner="a", user=""))
    yield "pdfa-locked", ("PDF-ENCRYPTED", locked)
    yield "pdfa-unlocked-but-encrypted", ("PDF-ENCRYPTED", unlocked)
    yield "pdfa-cut", ("PDF-UNREADABLE", _cut)
    yield "pdfa-tail", ("PDF-UNREADABLE", _tail)
    yield "pdfa-renamed", ("PDF-UNREADABLE", _renamed)


PDF_MUTANTS = dict(_mutants())
