"""The packages of a plain place, in the order of their names there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.domain.identifiers import code_of
from appliance.domain.receipts import Sidecar
from appliance.sync.papers import PackageName, check_sidecar
from appliance.sync.parts import PartName
from appliance.sync.plain_place import PACKAGES, sidecar_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.sync.plain_place import PlainPlace


def stored_names(place: PlainPlace) -> Iterator[PackageName]:
    """Every package that is there with its sidecar and signature, in the order of the names.

    What has no name of a package is passed over. Where names that differ in case alone are one
    name, the folders cannot tell, and the sidecars are asked.
    """
    for fonds in _folders(place, PACKAGES):
        for file in _folders(place, f"{PACKAGES}/{fonds}"):
            folder = f"{PACKAGES}/{fonds}/{file}"
            names = {one.name for one in place.files.entries(folder) if not one.is_folder}
            for stem in sorted(_stems(names)):
                name = _name(fonds, file, stem)
                if name is not None:
                    yield _true_name(place, name)


def _folders(place: PlainPlace, folder: str) -> list[str]:
    return [one.name for one in place.files.entries(folder) if one.is_folder]


def _stems(names: set[str]) -> Iterator[str]:
    for name in names:
        stem = name.removesuffix(".json")
        zip_name = f"{stem}.zip"
        is_there = zip_name in names or str(PartName(zip_name, 1)) in names
        if name.endswith(".json") and is_there and f"{name}.sig" in names:
            yield stem


def _name(fonds: str, file: str, stem: str) -> PackageName | None:
    try:
        return PackageName(code_of(fonds), code_of(file), stem.replace("_", ":"))
    except ValueError:
        return None


def _true_name(place: PlainPlace, name: PackageName) -> PackageName:
    if not place.marker.folds_case:
        return name
    data = place.read_small(sidecar_path(name)) or b""
    try:
        found = check_sidecar(Sidecar.from_bytes(data))
    except ValueError:
        return name  # whoever asks for it is told that its sidecar is damaged
    return found if found.objid == name.objid else name
