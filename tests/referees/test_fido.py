"""What FIDO names our files, by the signatures of the PRONOM registry."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.referees.installed import FIDO, need, run

if TYPE_CHECKING:
    from tests.referees.subjects import Subject

PDF_KEYS: Final = {"2b": "fmt/477", "1b": "fmt/354"}
_OBJECT: Final = re.compile(r'<object xsi:type="file".*?</object>', re.DOTALL)
_LOCATION: Final = re.compile(r"<contentLocationValue>([^<]*)<")
_KEY: Final = re.compile(r"<formatRegistryKey>([^<]*)<")


def _named(*paths: Path) -> dict[str, str]:
    """PRONOM keys by path; ``none`` where no signature fits."""
    need(FIDO)
    form = "%(info.filename)s\t%(info.puid)s\n"
    missing = "%(info.filename)s\tnone\n"
    _, said = run(FIDO, "-q", "-matchprintf", form, "-nomatchprintf", missing, *paths)
    found: dict[str, str] = {}
    for line in said.splitlines():
        path, _, key = line.partition("\t")
        found[path] = f"{found[path]} {key}" if path in found else key
    return found


def test_fido_names_the_pdfs_pdfa(subjects: dict[str, Subject]) -> None:
    """PDF/A-2b, or PDF/A-1b where that form was chosen, and nothing else."""
    wanted = {str(path): PDF_KEYS[one.level] for one in subjects.values() for path in one.pdfs}
    assert _named(*map(Path, wanted)) == wanted


def test_fido_names_every_file_as_premis_does(subjects: dict[str, Subject]) -> None:
    """The key that each package records for a master or PDF is the one that FIDO finds."""
    recorded: dict[str, str] = {}
    for one in subjects.values():
        if one.name not in {
            "format-1",
            "long",
            "dropped",
        }:  # called every PNG 1.2; 2,000 of one kind
            recorded |= _recorded(one)
    assert set(recorded.values()) >= {"fmt/353", "fmt/43", "x-fmt/392", "fmt/11"}
    assert _named(*map(Path, recorded)) == recorded


def test_fido_would_have_noticed(subjects: dict[str, Subject], tmp_path: Path) -> None:
    """A PDF whose metadata does not claim the archival form is plain PDF 1.7."""
    (pdf,) = subjects["least"].pdfs
    spoiled = tmp_path / "spoiled.pdf"
    spoiled.write_bytes(pdf.read_bytes().replace(b"pdfaid:", b"pdfxid:"))
    assert _named(spoiled) == {str(spoiled): "fmt/276"}


def _recorded(one: Subject) -> dict[str, str]:
    """The PRONOM keys in its PREMIS by path; nothing for a form that has no PREMIS."""
    found = {}
    for document in sorted(one.aip.rglob("PREMIS*.xml")):
        for described in _OBJECT.findall(document.read_text("utf-8")):
            location, key = _LOCATION.search(described), _KEY.search(described)
            if location and key and "/data/" in location[1]:
                path = one.aip / location[1]
                found[str(path)] = key[1]
    return found
