"""XML read with suspicion, and held against our own copies of the schemas."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, cast

from lxml import etree

from appliance.domain.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Element = etree._Element  # noqa: SLF001 - lxml gives its element type no public name

METS: Final = "http://www.loc.gov/METS/"
PREMIS: Final = "http://www.loc.gov/premis/v3"
CSIP: Final = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
XLINK: Final = "http://www.w3.org/1999/xlink"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
PREFIXES: Final = {"m": METS, "p": PREMIS, "csip": CSIP, "xlink": XLINK, "xsi": XSI}

MAX_SCHEMA_FINDINGS: Final = 20
"""Our own: a document of the wrong kind would else give thousands."""

_COMBINED: Final = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
<xs:import namespace="{METS}" schemaLocation="METS.xsd"/>
<xs:import namespace="{CSIP}" schemaLocation="DILCISExtensionMETS.xsd"/>
</xs:schema>"""
"""METS leaves foreign attributes unchecked unless their schema is there too."""


def parse(path: str, data: bytes) -> Element | Finding:
    """Parse one document: no network, no entities, no document type, no giant trees.

    Args:
        path: For the finding.
        data: The bytes.

    Returns:
        The root, or why there is none.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as problem:
        return Finding("XML-UNREADABLE", path, {"problem": str(problem)})
    except ValueError as problem:
        return Finding("XML-UNREADABLE", path, {"problem": str(problem)})
    information = cast("Any", root.getroottree().docinfo)  # the stubs know little of it
    if information.doctype:
        return Finding("XML-DTD", path)
    # An instance may name schemas of its own choosing, even on this machine: never follow it.
    for element in root.iter(etree.Element):
        for name in ("schemaLocation", "noNamespaceSchemaLocation"):
            element.attrib.pop(f"{{{XSI}}}{name}", "")
    return root


def check_schema(path: str, root: Element, schema_name: str) -> Iterator[Finding]:
    """Hold a document against one of our schemas."""
    schema = _schema(schema_name)
    if schema.validate(root.getroottree()):
        return
    for entry in islice(cast("Iterable[Any]", schema.error_log), MAX_SCHEMA_FINDINGS):
        facts = {"line": entry.line, "problem": entry.message, "rule": schema_name}
        yield Finding("XML-SCHEMA", path, {**facts})


@cache
def _schema(name: str) -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False)
    with as_file(files("appliance.packaging") / "schemas") as folder:
        if name == "METS.xsd":
            base = f"{folder.as_uri()}/combined.xsd"
            return etree.XMLSchema(etree.fromstring(_COMBINED, parser, base_url=base))
        return etree.XMLSchema(etree.parse(str(folder / name), parser))


def found(root: Element, path: str) -> list[Element]:
    """Every element that an XPath names, with the prefixes of ``PREFIXES``."""
    return [one for one in root.iterfind(path, PREFIXES)]  # noqa: C416 - the stubs give a narrower type


def text_of(root: Element, path: str) -> str:
    """The trimmed text of the first element that a path names; empty if none."""
    return (root.findtext(path, "", PREFIXES) or "").strip()
