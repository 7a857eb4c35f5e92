"""Opening the appliance that ``--config`` names, for one command."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from appliance.bootstrap import open_appliance
from appliance.config import load_settings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from appliance.bootstrap import Appliance


@contextmanager
def opened(arguments: argparse.Namespace) -> Iterator[Appliance]:
    """Open the appliance and close it after the command."""
    appliance = open_appliance(load_settings(arguments.config))
    try:
        yield appliance
    finally:
        appliance.close()
