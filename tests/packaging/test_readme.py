"""The README in a package: its commands are run as they stand, and they do what it says."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from appliance.packaging.write import write_package
from appliance.packaging.write.profile import PROFILES
from appliance.signing import sshsig
from appliance.signing.allowed import AllowedSigner, write_signers
from appliance.signing.keys import generate_key
from tests.packaging.making import make_facts
from tests.packaging.test_forms import in_form

if TYPE_CHECKING:
    from pathlib import Path

BOX = "box-dienbien-01"


def handed_over(folder: Path, form: str) -> tuple[Path, str]:
    """A package in a folder of its own with what lies beside it, and its README."""
    place = folder / "place"
    place.mkdir()
    facts = in_form(make_facts(folder), form)
    path = place / f"{facts.objid.replace(':', '_')}.zip"
    write_package(path, facts)
    digest = subprocess.run(["sha256sum", path.name], cwd=place, capture_output=True, check=True)
    if form == "full":
        paper = json.dumps({"sha256": digest.stdout.split()[0].decode()}, separators=(",", ":"))
        key = generate_key(folder / "key", BOX)
        path.with_suffix(".json").write_text(paper)
        signature = sshsig.sign(key, paper.encode(), "appliance-package")
        path.with_suffix(".json.sig").write_text(signature)
        signer = AllowedSigner(BOX, key.public, ("appliance-package",))
        write_signers(place / "allowed_signers", (signer,))
    else:
        path.with_suffix(".zip.sha256").write_bytes(digest.stdout)
    with zipfile.ZipFile(path) as archive:
        (name,) = (one for one in archive.namelist() if one.endswith("documentation/README.txt"))
        return path, archive.read(name).decode("utf-8")


def commands_in(text: str) -> list[str]:
    """The commands of one language: lines set in by seven, with their continuations."""
    return [
        line.strip() for line in text.replace("\\\n", " ").splitlines() if re.match(r" {7}\w", line)
    ]


@pytest.mark.parametrize("form", PROFILES)
@pytest.mark.parametrize("language", ["TIẾNG VIỆT", "ENGLISH"])
def test_its_commands_work_as_they_stand(form: str, language: str, tmp_path: Path) -> None:
    """Copied line by line into a shell beside the ZIP, every command ends well."""
    path, readme = handed_over(tmp_path, form)
    part = readme.partition(f"{language}\n-")[2].partition("\n\n\n")[0]
    commands = commands_in(part)
    assert len(commands) == (10 if form == "full" else 7)
    script = "set -eu\nexport LC_ALL=C\n" + "\n".join(commands)
    done = subprocess.run(
        ["sh", "-c", script], cwd=path.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "No errors detected" in done.stdout
    assert "FAILED" not in done.stdout
    if form == "full":
        assert f'Good "appliance-package" signature for {BOX}' in done.stdout
        digests = re.findall(r"[0-9a-f]{64}", done.stdout)
        assert len(set(digests[:2])) == 1


def test_a_changed_byte_shows(tmp_path: Path) -> None:
    """The commands are no ceremony: with one byte of the PDF changed they fail."""
    path, readme = handed_over(tmp_path, "full")
    data = bytearray(path.read_bytes())
    data[data.index(b"%PDF-") + 900] ^= 1
    path.write_bytes(data)
    check = next(line for line in commands_in(readme) if line.startswith("unzip -t"))
    done = subprocess.run(["sh", "-c", check], cwd=path.parent, capture_output=True, check=False)
    assert done.returncode != 0


@pytest.mark.parametrize("form", PROFILES)
def test_it_tells_in_a_glance_what_this_is(form: str, tmp_path: Path) -> None:
    """The first lines say what it is and where to look, in both languages."""
    path, readme = handed_over(tmp_path, form)
    head = readme[:1200]
    for text in ("bản dự phòng", "insurance copy", "rep1/data/", "4 trang / pages, 2 PDF"):
        assert text in head
    assert re.search(r"[{}]", readme) is None
    prose = [line for line in readme.splitlines() if not re.match(r" {7}", line)]
    assert max(map(len, prose)) <= 105
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    assert ("representations/rep2/" in readme) == any("/rep2/" in name for name in names)
    assert ("PREMIS" in readme) == any("PREMIS" in name for name in names)


def test_a_correction_names_what_it_corrects(tmp_path: Path) -> None:
    """A second version says so at the top."""
    facts = make_facts(tmp_path)
    old = "urn:uuid:00000000-0000-4000-8000-000000000009"
    corrected = dataclasses.replace(
        facts, version=2, record_status="REPLACEMENT", predecessor_objid=old
    )
    path = tmp_path / "second.zip"
    write_package(path, corrected)
    with zipfile.ZipFile(path) as archive:
        (name,) = (one for one in archive.namelist() if one.endswith("documentation/README.txt"))
        assert f"corrects: {old}" in archive.read(name).decode("utf-8")
