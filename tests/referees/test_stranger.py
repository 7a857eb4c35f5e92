"""A stranger in 2050 has a package, what lies beside it, and the README that is inside."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Final

import pytest

from appliance.domain.receipts import PACKAGE_NAMESPACE
from appliance.signing.allowed import AllowedSigner, write_signers
from tests.pipeline.making import BOX_ID
from tests.referees.installed import need, run
from tests.referees.test_stock_tools import flip

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pipeline.making import Bench
    from tests.referees.subjects import Subject

LANGUAGES: Final = ("TIẾNG VIỆT", "ENGLISH")
STRANGE: Final = ("everything", "least", "version-2", "volumes", "aip_hoso", "sip_hoso")
_COMMAND: Final = re.compile(r"^ {7,}(\S.*)$", re.MULTILINE)


def _commands(readme: str, language: str) -> str:
    """The lines that the README tells to copy, as they stand, for a shell that stops at errors."""
    _, _, text = readme.partition(f"\n{language}\n---")
    part, *_ = re.split(r"\n\n\n[A-Z]+\n---", text)
    return "set -eu\n" + "\n".join(_COMMAND.findall(part)) + "\n"


def _handed_over(one: Subject, box: Bench, folder: Path) -> str:
    """Put the package with its papers into a folder; the README as unzip prints it."""
    for path in one.package.parent.glob(f"{one.package.stem}*"):
        if path.is_file():
            shutil.copyfile(path, folder / path.name)
    signer = AllowedSigner(BOX_ID, box.key.public, (PACKAGE_NAMESPACE,))
    write_signers(folder / "allowed_signers", (signer,))
    status, readme = run("unzip", "-p", one.package, "*/documentation/README.txt")
    assert status == 0
    return readme


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_readme_works_word_for_word(
    subjects: dict[str, Subject], boxes: dict[str, Bench], tmp_path: Path, language: str
) -> None:
    """Every command, copied as it stands, does what the README says, in either language."""
    need("unzip", "ssh-keygen")
    for name in STRANGE:
        folder = tmp_path / name
        folder.mkdir()
        script = _commands(_handed_over(subjects[name], boxes["odd"], folder), language)
        status, said = run("sh", text=script, folder=folder)
        assert status == 0, (name, script, said)
        assert "No errors detected" in said
        manifest = (subjects[name].bag / "manifest-sha256.txt").read_text().splitlines()
        assert said.count(": OK\n") >= len(manifest) + 3
        assert script.count("\n") > 7
        is_sealed = not name.endswith("_hoso")
        assert ('Good "appliance-package" signature for box-01' in said) is is_sealed


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_readme_s_commands_notice_a_changed_bit(
    subjects: dict[str, Subject], boxes: dict[str, Bench], tmp_path: Path, language: str
) -> None:
    """The same commands stop at a damaged ZIP, and at a sidecar that somebody changed."""
    need("unzip", "ssh-keygen")
    one = subjects["least"]
    script = _commands(_handed_over(one, boxes["odd"], tmp_path), language)
    paper = tmp_path / f"{one.package.stem}.json"
    paper.write_bytes(paper.read_bytes().replace(b'"version":1', b'"version":2'))
    status, said = run("sh", text=script, folder=tmp_path)
    assert status != 0
    assert "Could not verify signature" in said
    shutil.rmtree(tmp_path / one.package.stem)
    flip(one.package, tmp_path / one.package.name)
    status, said = run("sh", text=script, folder=tmp_path)
    assert status != 0
    assert "bad CRC" in said
