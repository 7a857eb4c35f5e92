"""``appliance demo``, apart from ``run``: what makes samples is no part of a box at work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.service.demo import run_demo, run_storage

if TYPE_CHECKING:
    import argparse


def run_the_demo(arguments: argparse.Namespace) -> int:
    """Run the main job on samples or on given scans."""
    if arguments.storage_only:
        return run_storage(arguments.folder, scans=arguments.scans)
    return run_demo(
        arguments.folder,
        scans=arguments.scans,
        once=arguments.once,
        port=arguments.port,
        has_every_kind=arguments.every_kind,
    )
