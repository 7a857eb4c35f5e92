"""Runs eark-validator 1.1.3 without the internet; started by its own Python, not by ours.

At import it fetches four vocabularies by address, though they lie in its own wheel: they are
read from there. Prints its JSON report. Use: ``python eark_runner.py FOLDER``.
"""

from __future__ import annotations

import importlib
import importlib.util
import pathlib
import urllib.request
from typing import BinaryIO


def _vocabularies() -> pathlib.Path:
    spec = importlib.util.find_spec("eark_validator")
    if spec is None or spec.origin is None:
        raise SystemExit("eark-validator is not installed here: run tools/referees.sh")
    return pathlib.Path(spec.origin).parent / "ipxml" / "resources" / "vocabs"


def main() -> None:
    """Run the validator's own command line."""
    folder = _vocabularies()

    def open_local(address: str) -> BinaryIO:
        return (folder / address.rpartition("/")[2]).open("rb")

    urllib.request.urlopen = open_local  # type: ignore[assignment]  # the four addresses alone
    importlib.import_module("eark_validator.cli.app").main()


if __name__ == "__main__":
    main()
