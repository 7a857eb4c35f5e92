"""Bytes that people take away or look at: pictures, sidecars, receipts and their signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from litestar import Response, get
from litestar.di import NamedDependency  # noqa: TC002 - read at run time
from litestar.exceptions import NotFoundException
from litestar.params import FromPath  # noqa: TC002 - read at run time
from litestar.response import File

from appliance.catalogue import file_unit_details, masters
from appliance.domain import digests
from appliance.domain.identifiers import object_folder, safe_name
from appliance.web.screen import Screens  # noqa: TC001 - read at run time, to fill it in

if TYPE_CHECKING:
    from collections.abc import Mapping

_IMAGE_TYPES: Final[Mapping[bytes, str]] = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
}
"""First bytes of what a picture may be, and its media type."""

_FOR_GOOD: Final = "private, max-age=31536000, immutable"
"""The address names the digest of the bytes, so that they never change under it."""


@get("/anh/{page_id:int}/{sha256:str}", sync_to_thread=True)
def picture(
    screens: NamedDependency[Screens], page_id: FromPath[int], sha256: FromPath[str]
) -> Response[bytes]:
    """The thumbnail or the view of a page, if the catalogue knows it by this digest."""
    if not _is_sha256(sha256):
        raise NotFoundException
    with screens.context.catalogue.read() as session:
        if not file_unit_details.is_picture(session, page_id, sha256):
            raise NotFoundException
    data = _bytes_of(screens, sha256)
    return Response(data, media_type=_image_type(data), headers={"cache-control": _FOR_GOOD})


@get("/tep/{master_id:int}/goc", sync_to_thread=True)
def original(screens: NamedDependency[Screens], master_id: FromPath[int]) -> File:
    """A dropped file as it came, for who sits at this machine: parked ones have no picture."""
    context = screens.context
    with context.catalogue.read() as session:
        row = masters.by_id(session, master_id)
    if row is None or not context.may_change:
        raise NotFoundException
    path = context.store.master_path(row.sha256)
    if not path.is_file():
        raise NotFoundException
    return File(
        path,
        filename=row.name,
        media_type="application/octet-stream",
        headers={"cache-control": "no-store"},
    )


def _is_sha256(text: str) -> bool:
    try:
        digests.sha256(text)
    except ValueError:
        return False
    return True


def _bytes_of(screens: Screens, sha256: str) -> bytes:
    try:
        return screens.context.store.derivative_path(sha256).read_bytes()
    except FileNotFoundError:
        raise NotFoundException from None


def _image_type(data: bytes) -> str:
    found = [kind for start, kind in _IMAGE_TYPES.items() if data.startswith(start)]
    if not found:
        raise NotFoundException
    return found[0]


@get("/goi-tin/{package_id:int}/phieu.json", sync_to_thread=True)
def sidecar(screens: NamedDependency[Screens], package_id: FromPath[int]) -> Response[bytes]:
    """The signed description of a sealed package, byte for byte as it was signed."""
    return _sidecar(screens, package_id, is_signature=False)


@get("/goi-tin/{package_id:int}/phieu.json.sig", sync_to_thread=True)
def sidecar_signature(
    screens: NamedDependency[Screens], package_id: FromPath[int]
) -> Response[bytes]:
    """The signature over a package's description, for ``ssh-keygen -Y verify``."""
    return _sidecar(screens, package_id, is_signature=True)


def _sidecar(screens: Screens, package_id: int, *, is_signature: bool) -> Response[bytes]:
    with screens.context.catalogue.read() as session:
        row = file_unit_details.package_with_id(session, package_id)
    if row is None:
        raise NotFoundException
    name = f"{object_folder(row.objid)}.json"
    if is_signature:
        return _download(row.sidecar_signature.encode(), f"{name}.sig")
    return _download(row.sidecar, name)


@get("/bien-nhan/{deposit_id:int}/bien-nhan.json", sync_to_thread=True)
def receipt(screens: NamedDependency[Screens], deposit_id: FromPath[int]) -> Response[bytes]:
    """The receipt of a deposit, byte for byte as it was signed."""
    return _receipt(screens, deposit_id, is_signature=False)


@get("/bien-nhan/{deposit_id:int}/bien-nhan.json.sig", sync_to_thread=True)
def receipt_signature(
    screens: NamedDependency[Screens], deposit_id: FromPath[int]
) -> Response[bytes]:
    """The signature over a receipt, for ``ssh-keygen -Y verify``."""
    return _receipt(screens, deposit_id, is_signature=True)


def _receipt(screens: Screens, deposit_id: int, *, is_signature: bool) -> Response[bytes]:
    with screens.context.catalogue.read() as session:
        row = file_unit_details.deposit_with_id(session, deposit_id)
        package = file_unit_details.package_with_id(session, row.package_id) if row else None
    if row is None or package is None or row.receipt is None or row.receipt_signature is None:
        raise NotFoundException
    name = f"{object_folder(package.objid)}.{safe_name(row.destination)}.receipt.json"
    if is_signature:
        return _download(row.receipt_signature.encode(), f"{name}.sig")
    return _download(row.receipt, name)


def _download(data: bytes, name: str) -> Response[bytes]:
    """Bytes to keep: never shown in the page's own place, whatever they hold."""
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-store",
    }
    return Response(data, media_type="application/octet-stream", headers=headers)
