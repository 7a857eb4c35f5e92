"""Settings as the values that the floors below take: they know no settings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from appliance.catalogue.deposits import DestinationFacts
from appliance.config.destinations import DestinationKind, pinned_store
from appliance.domain.scanners import Grouping, ScannerProfile, ScannerProfiles
from appliance.domain.targets import measured_reference
from appliance.imaging.derivation_options import DerivationOptions
from appliance.imaging.pdf_form import PdfaProfile, PdfForm
from appliance.imaging.pdf_volumes import VolumeLimits
from appliance.pipeline.couriers import CarriedPlace

if TYPE_CHECKING:
    from appliance.config.sealing import FondsSettings
    from appliance.config.settings import (
        ScannerSettings,
        Settings,
    )
    from appliance.domain.targets import TargetReference

_MIB: Final = 1024 * 1024


def scanner_profiles(settings: Settings) -> ScannerProfiles:
    """The configured scanners, and what holds for every other one."""
    intake = settings.intake
    default = ScannerProfile(
        settle_seconds=intake.settle_seconds,
        patience_seconds=intake.patience_seconds,
        max_file_bytes=intake.max_file_mib * _MIB,
    )
    configured = {one.name: _profile(one, default) for one in settings.scanner}
    return ScannerProfiles(default, configured)


def _profile(scanner: ScannerSettings, default: ScannerProfile) -> ScannerProfile:
    settle, patience = scanner.settle_seconds, scanner.patience_seconds
    max_file_mib = scanner.max_file_mib
    return ScannerProfile(
        name=scanner.name,
        label=scanner.label or scanner.name,
        settle_seconds=default.settle_seconds if settle is None else settle,
        patience_seconds=default.patience_seconds if patience is None else patience,
        temporary_names=scanner.temporary_names,
        lock_names=scanner.lock_names,
        grouping=Grouping(scanner.grouping),
        name_template=scanner.name_template,
        file_code_template=scanner.file_code_template,
        batch_quiet_seconds=scanner.batch_quiet_seconds,
        max_paper=scanner.max_paper,
        max_dpi=scanner.max_dpi,
        is_duplex=scanner.is_duplex,
        max_file_bytes=default.max_file_bytes if max_file_mib is None else max_file_mib * _MIB,
    )


def derivation_options(
    settings: Settings,
) -> tuple[DerivationOptions, dict[str, DerivationOptions]]:
    """How pages are derived, and how those of some fonds are, by their codes."""
    text, pdf = settings.text, settings.pdf
    default = DerivationOptions(
        jpeg_quality=pdf.jpeg_quality,
        max_dpi=pdf.max_dpi,
        is_lossless=pdf.lossless,
        profile=PdfaProfile(pdf.profile),
        reads_text=text.enabled,
        languages=text.languages,
        text_seconds=text.page_seconds,
    )
    return default, {one.code: _options_of(one, default) for one in settings.fonds}


def _options_of(fonds: FondsSettings, default: DerivationOptions) -> DerivationOptions:
    said = {
        "reads_text": fonds.text,
        "languages": fonds.languages,
        "jpeg_quality": fonds.jpeg_quality,
        "max_dpi": fonds.max_dpi,
        "is_lossless": fonds.lossless,
    }
    return replace(default, **{name: value for name, value in said.items() if value is not None})  # type: ignore[arg-type]  # each has the type of its name


def pdf_form(settings: Settings) -> PdfForm:
    """How the PDF of a hồ sơ is made."""
    pdf = settings.pdf
    volumes = VolumeLimits(pdf.volume_mib * _MIB, pdf.volume_pages)
    return PdfForm(PdfaProfile(pdf.profile), pdf.signature_field, volumes)


def target_references(settings: Settings) -> dict[str, TargetReference]:
    """The true colours of target sheets, by their ids."""
    return {one.id: measured_reference(one.id, one.reference) for one in settings.target}


def carried_places(settings: Settings) -> tuple[CarriedPlace, ...]:
    """Every destination that disks can be carried to: those whose store signs receipts."""
    return tuple(
        CarriedPlace(
            place.name,
            pinned_store(place),
            has_no_line=place.kind == DestinationKind.COURIER,
        )
        for place in settings.destination
        if place.store_key
    )


def destination_facts(settings: Settings) -> list[DestinationFacts]:
    """Every place for copies, as the catalogue knows it."""
    return [
        DestinationFacts(place.name, place.label, place.kind, place.store_id)
        for place in settings.destination
    ]
