"""A receiver that dies in the middle of a durable write: what the sshd of a test starts instead.

Usage: python -m tests.kill.receiving NOTE ARGUMENT... NOTE holds the point and the count, in two
lines; who dies removes it first, so that the receivers after it live. ARGUMENT... is for the
appliance.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from appliance.cli import main
from tests.kill.dying import DURABLE_POINTS, arm

CHECKOUT: Final = Path(__file__).parents[2]


def command(note: Path, arguments: tuple[str, ...]) -> tuple[str, ...]:
    """The command of a storage host whose receivers obey a note."""
    program = (sys.executable, "-P", "-m", "tests.kill.receiving", str(note))
    return ("/usr/bin/env", f"PYTHONPATH={CHECKOUT}", *program, *arguments)


def obey(note: Path) -> None:
    """Arm this process as the note says, while there is one."""
    try:
        point, count = note.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return
    arm(DURABLE_POINTS[point], int(count), lambda: note.unlink(missing_ok=True))


if __name__ == "__main__":
    obey(Path(sys.argv[1]))
    sys.exit(main(sys.argv[2:]))
