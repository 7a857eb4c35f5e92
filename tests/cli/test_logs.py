"""What a command says on standard error, to a person and to a journal."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
import logging
from appliance.cli.logs import log_to_stderr
log_to_stderr(logging.INFO)
logging.getLogger("part").warning("one line\\nand another")
logging.getLogger("part").info("a word")
logging.getLogger("uvicorn.error").info("started")
"""


def told(**more: str) -> list[str]:
    """The lines that a process of its own tells."""
    environment = {name: value for name, value in os.environ.items() if name != "JOURNAL_STREAM"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment | more,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stderr.splitlines()


def test_a_journal_is_told_how_weighty_each_line_is() -> None:
    """A technician finds warnings by their weight, all lines of each; servers chat elsewhere."""
    assert told(JOURNAL_STREAM="8:1") == [
        "<4>WARNING part: one line",
        "<4>and another",
        "<6>INFO part: a word",
    ]


def test_a_person_reads_no_marks() -> None:
    """On a terminal the same lines stand without weights."""
    assert told() == ["WARNING part: one line", "and another", "INFO part: a word"]
