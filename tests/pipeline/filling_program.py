"""Fills the disk of a test's box, to be killed while it does."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.pipeline.carrying import Carrying

if __name__ == "__main__":
    Carrying(Path(sys.argv[1]), Path(sys.argv[2])).prepare()
