"""What others say of our packages: stock tools, the reference bag validator, E-ARK's validator."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import bagit
import pytest

EARK_PYTHON = (
    Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    / "archive-appliance"
    / "eark-validator-1.1.3"
    / "bin"
    / "python"
)
"""Where ``tools/referees.sh`` installs it, apart from our own environment."""


def _run(*command: str | Path, folder: Path | None = None) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _needs(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")


def test_unzip_finds_no_error(package: Path) -> None:
    """Info-ZIP reads every entry and its CRC."""
    _needs("unzip")
    assert "No errors detected" in _run("unzip", "-t", package)


def test_sha256sum_agrees(bag_folder: Path) -> None:
    """The commands that the README gives say OK for every line, of payload and tags."""
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        output = _run("sha256sum", "-c", "--strict", name, folder=bag_folder)
        lines = (bag_folder / name).read_text().splitlines()
        assert len(output.splitlines()) == len(lines) > 2


@pytest.mark.filterwarnings("ignore::DeprecationWarning:bagit")  # its own, from Python 3.13 on
def test_bagit_accepts_the_bag(bag_folder: Path) -> None:
    """The Library of Congress validator accepts the bag, complete and by digest."""
    bagit.Bag(str(bag_folder)).validate(processes=1)
    _run(sys.executable, "-m", "bagit", "--validate", "--quiet", bag_folder)


def test_xmllint_accepts_all_metadata(aip_folder: Path) -> None:
    """Every XML document follows the schema that travels with it, without the network."""
    _needs("xmllint")
    schemas = {
        "METS.xsd": "METS.xml",
        "PREMIS.xsd": "PREMIS*.xml",
        "EAD.xsd": "EAD.xml",
        "EAD_doc.xsd": "EAD_doc_*.xml",
    }
    checked = 0
    for schema, pattern in schemas.items():
        paths = sorted(aip_folder.rglob(pattern))
        assert paths
        checked += len(paths)
        _run("xmllint", "--nonet", "--noout", "--schema", aip_folder / "schemas" / schema, *paths)
    assert checked == len(list(aip_folder.rglob("*.xml")))


def test_eark_validator_calls_it_valid(aip_folder: Path) -> None:
    """Structure well-formed, schema and Schematron valid: no error, no warning."""
    if not EARK_PYTHON.exists():
        pytest.skip("eark-validator is not installed: tools/referees.sh installs and runs it")
    runner = Path(__file__).with_name("eark_runner.py")
    report = json.loads(_run(EARK_PYTHON, runner, aip_folder).splitlines()[-1])
    structure, metadata = report["structure"], report["metadata"]
    assert structure["status"] == "WellFormed"
    assert {one["severity"] for one in structure["messages"]} <= {"Info", "Information"}
    for kind in ("schema_results", "schematron_results"):
        assert metadata[kind] == {"status": "VALID", "messages": []}


def test_eark_validator_would_have_noticed(aip_folder: Path, tmp_path: Path) -> None:
    """The referee is awake: without an OBJID the same package is not valid."""
    if not EARK_PYTHON.exists():
        pytest.skip("eark-validator is not installed: tools/referees.sh installs and runs it")
    spoiled = tmp_path / aip_folder.name
    shutil.copytree(aip_folder, spoiled)
    text = (spoiled / "METS.xml").read_text("utf-8")
    start = text.index(' OBJID="')
    end = text.index('"', start + len(' OBJID="')) + 1
    (spoiled / "METS.xml").write_text(text[:start] + text[end:], "utf-8")
    runner = Path(__file__).with_name("eark_runner.py")
    report = json.loads(_run(EARK_PYTHON, runner, spoiled).splitlines()[-1])
    assert report["metadata"]["schematron_results"]["status"] != "VALID"
