"""Settings: one TOML file, read once, frozen; an unknown key is an error."""

from appliance.config.auditing import AuditSettings
from appliance.config.loading import load_settings
from appliance.config.sealing import (
    FondsSettings,
    PackageSettings,
    PdfSettings,
    SigningSettings,
    TextSettings,
)
from appliance.config.settings import (
    BoxSettings,
    DestinationSettings,
    IntakeSettings,
    PathSettings,
    ScannerSettings,
    Settings,
    SyncSettings,
    TargetSettings,
    WebSettings,
    WorkerSettings,
)

__all__ = [
    "AuditSettings",
    "BoxSettings",
    "DestinationSettings",
    "FondsSettings",
    "IntakeSettings",
    "PackageSettings",
    "PathSettings",
    "PdfSettings",
    "ScannerSettings",
    "Settings",
    "SigningSettings",
    "SyncSettings",
    "TargetSettings",
    "TextSettings",
    "WebSettings",
    "WorkerSettings",
    "load_settings",
]
