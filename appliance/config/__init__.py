"""Settings: one TOML file, read once, frozen; an unknown key is an error."""

from appliance.config.loading import load_settings
from appliance.config.settings import (
    BoxSettings,
    DestinationSettings,
    IntakeSettings,
    PathSettings,
    PdfSettings,
    ScannerSettings,
    Settings,
    SyncSettings,
    TargetSettings,
    TextSettings,
    WebSettings,
    WorkerSettings,
)

__all__ = [
    "BoxSettings",
    "DestinationSettings",
    "IntakeSettings",
    "PathSettings",
    "PdfSettings",
    "ScannerSettings",
    "Settings",
    "SyncSettings",
    "TargetSettings",
    "TextSettings",
    "WebSettings",
    "WorkerSettings",
    "load_settings",
]
