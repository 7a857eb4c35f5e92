"""Packages spoiled in bytes, bag, names, tree and METS.

Each entry names the rule that must catch it and what is done to a good package. Most are made
consistent again below the spoiled part, as somebody with our tools would: only the rule that is
named stands between them and a pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.packaging.bags import bagged, linked, tagged

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.packaging.bags import Bag

ROOT = "METS.xml"
REP1 = "representations/rep1"
REP2 = "representations/rep2"
EAD = "metadata/descriptive/EAD.xml"
PREMIS = "metadata/preservation/PREMIS.xml"
ZEROS = "0" * 64


def _pdf(bag: Bag) -> str:
    return bag.first(f"{REP1}/data/*.pdf")


def _tiff(bag: Bag) -> str:
    return bag.first(f"{REP2}/data/*.tif")


def _twice_in_manifest(bag: Bag) -> None:
    path = bag.path("bag:manifest-sha256.txt")
    path.write_text(path.read_text() + path.read_text().splitlines()[0] + "\n")


def _second_manifest(bag: Bag) -> None:
    bag.path("bag:manifest-sha512.txt").write_text("")


def _link_out(bag: Bag) -> None:
    bag.path("documentation/passwd.txt").symlink_to("/etc/passwd")


def _drop_rep2(bag: Bag) -> None:
    for path in sorted(bag.path(REP2).rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()


STRUCTURE_MUTANTS: dict[str, tuple[str, Callable[[Bag], object]]] = {
    # bytes changed, nothing else
    "flip-master": ("BAG-DIGEST", lambda b: b.flip(_tiff(b))),
    "flip-pdf": ("METS-DIGEST", lambda b: b.flip(_pdf(b))),
    "flip-readme": ("METS-DIGEST", bagged(lambda b: b.flip("documentation/README.txt"))),
    "flip-schema": ("METS-DIGEST", bagged(lambda b: b.flip("schemas/xlink.xsd"))),
    "flip-root-mets": ("BAG-DIGEST", lambda b: b.flip(ROOT)),
    "flip-bag-info": ("BAG-DIGEST", lambda b: b.flip("bag:bag-info.txt")),
    "empty-master": ("METS-SIZE", bagged(lambda b: b.path(_tiff(b)).write_bytes(b""))),
    # the bag
    "no-declaration": ("BAG-NO-DECLARATION", lambda b: b.path("bag:bagit.txt").unlink()),
    "blank-in-declaration": (
        "BAG-DECLARATION",
        tagged(lambda b: b.replace("bag:bagit.txt", "BagIt-Version:", "BagIt-Version :")),
    ),
    "future-version": (
        "BAG-DECLARATION",
        tagged(lambda b: b.replace("bag:bagit.txt", "1.0", "9.9")),
    ),
    "no-manifest": ("BAG-NO-MANIFEST", lambda b: b.path("bag:manifest-sha256.txt").unlink()),
    "no-tag-manifest": (
        "BAG-NO-TAGMANIFEST",
        lambda b: b.path("bag:tagmanifest-sha256.txt").unlink(),
    ),
    "unlisted-tag": (
        "BAG-TAG-UNLISTED",
        lambda b: b.path("bag:note.txt").write_text("unlisted"),
    ),
    "fetch": ("BAG-FETCH", tagged(lambda b: b.path("bag:fetch.txt").write_text(""))),
    "manifest-garbage": (
        "BAG-MANIFEST",
        tagged(lambda b: b.path("bag:manifest-sha256.txt").write_text("nonsense\n")),
    ),
    "manifest-escape": (
        "BAG-UNSAFE-PATH",
        tagged(lambda b: b.path("bag:manifest-sha256.txt").write_text(f"{ZEROS}  data/../x\n")),
    ),
    "manifest-twice": ("BAG-TWICE", tagged(_twice_in_manifest)),
    "second-manifest-empty": ("BAG-EXTRA", tagged(_second_manifest)),
    "listed-but-gone": ("BAG-MISSING", lambda b: b.path(_tiff(b)).unlink()),
    "there-but-unlisted": ("BAG-EXTRA", lambda b: b.path("documentation/x.txt").write_text("x")),
    "oxum": (
        "BAG-OXUM",
        tagged(lambda b: b.substitute("bag:bag-info.txt", r"(Payload-Oxum: )\d+", r"\g<1>1")),
    ),
    "info-line": ("BAG-INFO", tagged(lambda b: b.path("bag:bag-info.txt").write_text("oops\n"))),
    # names and links
    "symbolic-link": ("ENTRY-LINK", _link_out),
    "backslash": (
        "NAME-UNSAFE",
        linked(lambda b: b.path("documentation/a\\b.txt").write_text("x")),
    ),
    "case-clash": (
        "NAME-CLASH",
        linked(lambda b: b.path("documentation/readme.txt").write_text("x")),
    ),
    # the AIP
    "no-root-mets": ("AIP-ROOT", linked(lambda b: b.path(ROOT).unlink())),
    "no-premis": ("AIP-MISSING", linked(lambda b: b.path(PREMIS).unlink())),
    "no-ead": ("AIP-MISSING", linked(lambda b: b.path(EAD).unlink())),
    "no-ead-schema": ("AIP-MISSING", linked(lambda b: b.path("schemas/EAD.xsd").unlink())),
    "stray-payload": ("AIP-STRAY", linked(lambda b: b.path("bag:data/x.txt").write_text("x"))),
    "other-objid": (
        "AIP-NAME",
        linked(lambda b: b.replace(ROOT, 'OBJID="urn:uuid:9C', 'OBJID="urn:uuid:AA')),
    ),
    "rep2-gone": ("METS-MISSING", linked(_drop_rep2)),
    # METS
    "mets-cut": ("XML-UNREADABLE", linked(lambda b: b.substitute(ROOT, r"</mets>", ""))),
    "mets-doctype": (
        "XML-DTD",
        linked(lambda b: b.replace(ROOT, "<mets ", "<!DOCTYPE mets SYSTEM 'x.dtd'>\n<mets ")),
    ),
    "mets-entities": (
        "XML-DTD",
        linked(
            lambda b: b.replace(
                ROOT, "<mets ", '<!DOCTYPE mets [<!ENTITY a "aaa"><!ENTITY b "&a;&a;">]>\n<mets '
            )
        ),
    ),
    "mets-element": ("XML-SCHEMA", linked(lambda b: b.replace(ROOT, "<name>", "<nom/><name>"))),
    "oais-type": (
        "METS-PROFILE",
        linked(lambda b: b.replace(ROOT, 'OAISPACKAGETYPE="AIP"', 'OAISPACKAGETYPE="DIP"')),
    ),
    "no-objid": ("METS-PROFILE", linked(lambda b: b.substitute(ROOT, r' OBJID="[^"]*"', ""))),
    "no-software": (
        "METS-PROFILE",
        linked(lambda b: b.replace(ROOT, 'OTHERTYPE="SOFTWARE"', 'OTHERTYPE="HUMAN"')),
    ),
    "record-status": (
        "METS-PROFILE",
        linked(lambda b: b.replace(ROOT, 'RECORDSTATUS="NEW"', 'RECORDSTATUS="OLD"')),
    ),
    "no-checksum-type": (
        "METS-PROFILE",
        linked(lambda b: b.replace(f"{REP2}/METS.xml", ' CHECKSUMTYPE="SHA-256"', "")),
    ),
    "mets-digest": (
        "METS-DIGEST",
        bagged(lambda b: b.substitute(ROOT, r'CHECKSUM="[0-9a-f]{64}"', f'CHECKSUM="{ZEROS}"')),
    ),
    "mets-size": ("METS-SIZE", bagged(lambda b: b.substitute(ROOT, r' SIZE="\d+"', ' SIZE="7"'))),
    "mets-id-twice": (
        "METS-ID-TWICE",
        linked(lambda b: b.substitute(ROOT, r'(ID="(uuid-[^"]*)".*?) ID="[^"]*"', r'\1 ID="\2"')),
    ),
    "mets-dangling": (
        "METS-LINK",
        linked(lambda b: b.substitute(ROOT, r'DMDID="[^"]*"', 'DMDID="uuid-0"')),
    ),
    "mets-escape": (
        "METS-HREF",
        bagged(
            lambda b: b.replace(ROOT, 'href="documentation/README.txt"', 'href="../../bagit.txt"')
        ),
    ),
    "mets-web-address": (
        "METS-HREF",
        bagged(lambda b: b.replace(ROOT, 'href="documentation/README.txt"', 'href="https://a/b"')),
    ),
    "mets-orphan": (
        "METS-ORPHAN",
        linked(lambda b: b.path("documentation/extra.txt").write_text("x")),
    ),
    "mets-twice": (
        "METS-TWICE",
        linked(lambda b: b.replace(ROOT, 'href="schemas/EAD_doc.xsd"', 'href="schemas/EAD.xsd"')),
    ),
    "mets-unlinked": (
        "METS-UNLINKED",
        linked(
            lambda b: b.substitute(
                f"{REP1}/METS.xml", r'<div [^>]*LABEL="MetadataLink/File"[^>]*>.*?</div>', ""
            )
        ),
    ),
    "no-pointer": (
        "METS-PROFILE",
        linked(lambda b: b.substitute(ROOT, r"<mptr [^>]*rep2/METS.xml[^>]*/>", "")),
    ),
}
