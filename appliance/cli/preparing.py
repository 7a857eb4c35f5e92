"""``prepare-place``: the marker of a place of plain files, written once and never by itself."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

from appliance.cli.output import say, say_json
from appliance.config import load_settings
from appliance.config.remotes import plain_files_of
from appliance.disk.durable import storage_errors
from appliance.domain.errors import ConfigError
from appliance.sync.folder_files import FolderFiles
from appliance.sync.plain_place import prepare

if TYPE_CHECKING:
    import argparse

    from appliance.sync.plain_files import PlainFiles

_MIB: Final = 1024 * 1024


def prepare_place(arguments: argparse.Namespace) -> int:
    """Write the marker of a folder, or of a configured destination over its connection."""
    files, store_id = _place(arguments)
    with closing(files), storage_errors(f"cannot prepare {files.describe()}"):
        largest_bytes = arguments.largest_file_mib * _MIB or _largest_file_bytes(files)
        marker = prepare(files, store_id, largest_bytes)
        abilities = files.abilities()
    if arguments.json:
        say_json(
            {
                "place": files.describe(),
                "store_id": marker.store_id,
                "largest_file_bytes": marker.largest_file_bytes,
                "folds_case": marker.folds_case,
                "abilities": abilities,
            }
        )
        return 0
    say(f"{files.describe()} is the store {marker.store_id!r}: {abilities}")
    if marker.largest_file_bytes:
        mib = marker.largest_file_bytes / _MIB
        say(f"packages above {mib:.0f} MiB are split into parts, with a text that says how to join")
    return 0


def _place(arguments: argparse.Namespace) -> tuple[PlainFiles, str]:
    if arguments.destination is not None and arguments.folder is None:
        settings = load_settings(arguments.config)
        for place in settings.destination:
            if place.name == arguments.destination:
                return plain_files_of(settings, place), place.store_id
        raise ConfigError(f"there is no destination {arguments.destination!r}")
    if arguments.folder is not None and arguments.store_id and arguments.destination is None:
        return FolderFiles(arguments.folder.absolute()), arguments.store_id
    raise ConfigError("name a folder and its --store-id, or a configured --destination")


def _largest_file_bytes(files: PlainFiles) -> int:
    return files.mount().largest_file_bytes if isinstance(files, FolderFiles) else 0
