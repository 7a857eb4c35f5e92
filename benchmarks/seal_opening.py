"""Opens the box of the seal's benchmark, loading no more than ``appliance seal`` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.bootstrap import open_appliance
from appliance.config import BoxSettings, IntakeSettings, PathSettings, Settings, TextSettings
from appliance.config.settings import WorkerSettings
from appliance.disk.durable import make_folder
from appliance.signing.keys import ensure_key

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.bootstrap import Appliance

WARM: Final = "WARM"
"""Code of a hồ sơ of one page, sealed first, so that loading is no part of any figure."""
MEASURED: Final = "MEASURED"
"""Code of the hồ sơ that is measured."""


def opened(folder: Path) -> Appliance:
    """The box in a folder; text is switched off."""
    settings = Settings(
        box=BoxSettings(id="bench"),
        paths=PathSettings(folder / "state", folder / "drop", folder / "key"),
        intake=IntakeSettings(settle_seconds=0, patience_seconds=0),
        workers=WorkerSettings(reserve_mib=0),
        text=TextSettings(enabled=False),
    )
    ensure_key(settings.paths.key, "bench")
    make_folder(settings.paths.claimed)
    make_folder(settings.paths.work)
    return open_appliance(settings)
