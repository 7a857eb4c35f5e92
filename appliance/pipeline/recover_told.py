"""What a package tells, its masters decoded anew: everything that its rows are rebuilt from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.disk.digesting import fingerprint_of_stream
from appliance.domain.errors import StorageError
from appliance.imaging.jobs import inspect_image
from appliance.imaging.limits import InspectionLimits
from appliance.imaging.reading import ExpectedBytes
from appliance.packaging.verify.retelling import retell
from appliance.pipeline.inspect import failure
from appliance.pipeline.recover_files import sha256_of
from appliance.pipeline.recover_rows import PackageTold, TakenMaster

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from appliance.disk.digesting import Fingerprint
    from appliance.disk.store import Store
    from appliance.imaging.facts import Inspection
    from appliance.packaging.verify.retelling import Retold
    from appliance.sync.papers import SignedSidecar


def tell(signed: SignedSidecar, store: Store, executor: Executor) -> PackageTold:
    """Read a package of the store, and decode its masters, which lie in the store too.

    Args:
        signed: Its sidecar.
        store: Gets the pictures of its pages for the screen.
        executor: Decodes.

    Raises:
        IntegrityError: It does not have the form of a sealed hồ sơ.
        StorageError: The disk refused, or ``RECOVER-UNDECODED``: without the pages of a master
            the rows would be silently short.
        OSError: It cannot be read.
    """
    sidecar = signed.sidecar
    path = store.package_path(sidecar.fonds_code, sidecar.file_code, sidecar.objid)
    retold = retell(path)
    prints = []
    for master in retold.masters:
        with master.open() as stream:
            prints.append(fingerprint_of_stream(stream))
    names = _names_of(retold, prints)
    inspections = inspected(list(zip(prints, names, strict=True)), store, executor)
    if undecoded := [name for name, one in zip(names, inspections, strict=True) if not one.frames]:
        raise StorageError(
            f"{path.name}: cannot decode {undecoded}: run the same command again",
            code="RECOVER-UNDECODED",
        )
    taken = tuple(
        TakenMaster(master.number, found, inspection)
        for master, found, inspection in zip(retold.masters, prints, inspections, strict=True)
    )
    digests = {}
    for pdf in retold.pdfs:
        with pdf.open() as stream:
            digests[pdf.name] = sha256_of(stream)
    return PackageTold(signed, retold, taken, digests)


def _names_of(retold: Retold, prints: Sequence[Fingerprint]) -> list[str]:
    """How findings call each master: by the name under which it was dropped, if that is told."""
    came = (event for event in retold.events if "name" in event.detail)
    told = {event.object_id: str(event.detail["name"]) for event in came}
    pairs = zip(retold.masters, prints, strict=True)
    return [told.get(found.sha256) or master.name for master, found in pairs]


def inspected(
    masters: Sequence[tuple[Fingerprint, str]], store: Store, executor: Executor
) -> list[Inspection]:
    """Decode masters of the store as intake does; pictures for the screen go into the store.

    Args:
        masters: Fingerprint and name of each.
        store: Where they lie.
        executor: Decodes.
    """
    with store.views_folder() as folder:
        futures = []
        for number, (found, name) in enumerate(masters):
            own = folder / str(number)
            own.mkdir()
            expected = ExpectedBytes(found.xxh3, found.size_bytes)
            futures.append(
                executor.submit(
                    inspect_image,
                    store.master_path(found.sha256),
                    name=name,
                    views_folder=own,
                    limits=InspectionLimits(),
                    expected=expected,
                )
            )
        results = []
        for future, (_found, name) in zip(futures, masters, strict=True):
            problem = future.exception()
            if isinstance(problem, Exception):
                results.append(failure(problem, name))
            else:
                results.append(future.result())
        store.adopt_derivatives(_views(results))
    return results


def _views(inspections: Iterable[Inspection]) -> Iterable[tuple[Path, str]]:
    for inspection in inspections:
        for frame in inspection.frames:
            for made in (frame.thumbnail, frame.view):
                if made is not None:
                    yield made.path, made.sha256
