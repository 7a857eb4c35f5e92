"""``appliance inspect``: images judged as intake would, without settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.output import say, say_json, say_verdict, verdict_row
from appliance.domain.errors import ConfigError
from appliance.domain.findings import Verdict
from appliance.domain.rules import judge
from appliance.imaging.facts import Integrity
from appliance.imaging.jobs import inspect_image
from appliance.imaging.limits import InspectionLimits
from appliance.pipeline.inspect import failure
from appliance.workers.pool import WorkerPool

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from appliance.imaging.facts import Inspection

_MEMORY_BYTES = 2 * 1024 * 1024 * 1024
_TASK_SECONDS = 300


def inspect_paths(arguments: argparse.Namespace) -> int:
    """Inspect images in a worker process each; 1 when one fails."""
    paths = list(_images_below(arguments.paths))
    if not paths:
        raise ConfigError("there is nothing to inspect at the paths given")
    verdicts, rows = [], []
    with WorkerPool(1, _MEMORY_BYTES, _TASK_SECONDS) as pool:
        limits = InspectionLimits()
        for path in paths:
            future = pool.submit(
                inspect_image, path, name=str(path), views_folder=None, limits=limits
            )
            found = _outcome(future, str(path))
            verdict = judge(found.findings, complete=True)
            verdicts.append(verdict)
            facts, unproved = [frame.to_json() for frame in found.frames], _unproved(found)
            more = {"kind": found.kind, "frames": facts, "not_checked": [*unproved]}
            rows.append(verdict_row(str(path), verdict, found.findings, **more))
            if not arguments.json:
                say_verdict(str(path), verdict, found.findings)
                _say_unproved(unproved)
    if arguments.json:
        say_json({"files": rows})
    return 0 if all(verdict is Verdict.PASS for verdict in verdicts) else 1


def _outcome(future: Future[Inspection], name: str) -> Inspection:
    try:
        return future.result()
    except Exception as problem:  # noqa: BLE001 - whatever went wrong with it, it is one bad image
        return failure(problem, name)


def _unproved(found: Inspection) -> tuple[str, ...]:
    """The packings of frames that carry no sum of their pixels, so that none could be checked."""
    frames = (one for one in found.frames if one.integrity is Integrity.NOT_CHECKED)
    return tuple(dict.fromkeys(one.compression for one in frames))


def _say_unproved(unproved: tuple[str, ...]) -> None:
    if unproved:
        say(
            "  not checked: whether each pixel is as the scanner made it "
            f"({', '.join(unproved)} carries no sum of its own)"
        )


def _images_below(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.exists():
            raise ConfigError(f"there is no {path}")
        yield from sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
