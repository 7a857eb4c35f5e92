"""What people do to a sealed hồ sơ: correct it, or hand in its PDF that was signed."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Final

from litestar import Request, Response, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency  # noqa: TC002 - read at run time
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException
from litestar.params import Body, FromPath
from litestar.response import Redirect

from appliance.catalogue import file_unit_details
from appliance.domain.errors import RuleError
from appliance.domain.identifiers import nfc
from appliance.domain.rules import is_blocking
from appliance.pipeline import corrections
from appliance.pipeline.agents import LOCAL_AGENT
from appliance.web.screen import Screens  # noqa: TC001 - read at run time, to fill it in

if TYPE_CHECKING:
    from appliance.pipeline.signed_pdfs import SignedOutcome

MAX_SIGNED_BYTES: Final = 1_000_000_000
"""Our own: larger PDFs come in by the command ``signed import``."""

_SEE_OTHER: Final = 303
_UNPROCESSABLE: Final = 422


class CorrectionStep(StrEnum):
    """What a person may do about a correction."""

    START = "start"
    FINISH = "finish"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class CorrectionForm:
    """One step of a correction.

    Args:
        step: Which.
        reason: With ``START``: why.
    """

    step: CorrectionStep
    reason: str = ""


@post("/ho-so/{safe_name:str}/dinh-chinh", sync_to_thread=True)
def correct_file_unit(
    request: Request[Any, Any, Any],
    screens: NamedDependency[Screens],
    safe_name: FromPath[str],
    data: Annotated[CorrectionForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[Any]:
    """Open, finish or withdraw a correction, or say in plain words why not."""
    try:
        with screens.context.catalogue.write() as writing:
            unit = file_unit_details.file_unit_named(writing.session, safe_name)
            if unit is None:
                raise NotFoundException
            if data.step is CorrectionStep.START:
                corrections.start(writing, unit.file_code, nfc(data.reason), LOCAL_AGENT)
            elif data.step is CorrectionStep.FINISH:
                corrections.finish(writing, unit.file_code, LOCAL_AGENT)
            else:
                corrections.withdraw(writing, unit.file_code, LOCAL_AGENT)
    except RuleError as problem:
        return screens.refused(request, safe_name, problem)
    return Redirect(f"/ho-so/{safe_name}#phien-ban", status_code=_SEE_OTHER)


@post("/ho-so/{safe_name:str}/pdf-da-ky", request_max_body_size=MAX_SIGNED_BYTES)
async def take_signed_pdf(
    request: Request[Any, Any, Any], screens: NamedDependency[Screens], safe_name: FromPath[str]
) -> Response[Any]:
    """Verify a PDF that came back signed, take it in, and say what was found."""
    await asyncio.to_thread(_must_be_known, screens, safe_name)
    form = await request.form()
    try:
        sent = form.get("pdf")
        page = sent if isinstance(sent, UploadFile) and sent.filename else None
        if page is None:
            return Redirect(f"/ho-so/{safe_name}#phien-ban", status_code=_SEE_OTHER)
        outcome = await asyncio.to_thread(_take, screens, page)
    finally:
        await form.close()
    return await asyncio.to_thread(
        screens.answer,
        request,
        "signed.html",
        status_code=200 if outcome.version else _UNPROCESSABLE,
        outcome=outcome,
        findings=sorted(outcome.findings, key=is_blocking, reverse=True),
        safe_name=safe_name,
    )


def _must_be_known(screens: Screens, safe_name: str) -> None:
    with screens.context.catalogue.read() as session:
        if file_unit_details.file_unit_named(session, safe_name) is None:
            raise NotFoundException


def _take(screens: Screens, page: UploadFile) -> SignedOutcome:
    take_signed = screens.context.take_signed
    if take_signed is None:
        raise NotFoundException
    with TemporaryDirectory(prefix="signed-", dir=screens.context.work_folder) as folder:
        path = Path(folder) / plain_name(page.filename)
        with path.open("wb") as target:
            shutil.copyfileobj(page.file, target)
        return take_signed(path)


def plain_name(sent: str) -> str:
    """The last part of the name that a browser sent for a PDF, as a disk can hold it."""
    last = PurePosixPath(sent.replace("\\", "/").replace("\0", "")).name.lstrip(".")
    end = nfc(last).encode("utf-8", "ignore")[-_NAME_BYTES:]
    return end.decode("utf-8", "ignore").lstrip(".") or "pdf"


_NAME_BYTES: Final = 255
"""What a file system keeps of one name; names of our PDFs are shorter."""
