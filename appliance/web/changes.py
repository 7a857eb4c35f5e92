"""What people change by the page: each handler asks for one thing to be done and leads back.

The work itself is done by the service, in its own time. Every change needs a page of ours that
carries the token of its form, and a page that listens on this machine alone (``ChangeGuard``).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Annotated, Any, BinaryIO, Final, cast
from urllib.parse import urlencode

from litestar import Request, Response, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency  # noqa: TC002 - read at run time
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException
from litestar.params import Body, FromPath
from litestar.response import Redirect

from appliance.catalogue import file_unit_details
from appliance.catalogue.parked import Wanted
from appliance.domain.errors import RuleError, StorageError
from appliance.pipeline import parked, review
from appliance.pipeline.agents import LOCAL_AGENT
from appliance.pipeline.batches import BatchStage
from appliance.pipeline.review import Answer  # noqa: TC001 - read at run time, a field of a form
from appliance.web.language import marked
from appliance.web.screen import Screens  # noqa: TC001 - read at run time, to fill it in

MAX_UPLOAD_BYTES: Final = 256_000_000
"""Our own: an A1 colour page at 300 dpi is 210 MB; larger ones come by the scanner."""

SUFFIXES: Final = (".tif", ".tiff", ".jpg", ".jpeg", ".png", ".jp2", ".pdf")
"""Names of files that intake takes; what they hold it judges itself."""

MAX_NUMBER: Final = 999_999
"""The largest number that the name of a dropped file carries."""

_LOG: Final = logging.getLogger(__name__)
_SEE_OTHER: Final = 303
_CONFLICT: Final = 409
_STALE: Final = 410
_STALE_BATCH: Final = 404
_UNPROCESSABLE: Final = 422
_NO_ROOM: Final = 507

_REFUSALS: Final = {
    _CONFLICT: (
        marked("Bản gửi trước của tệp này còn đang chờ nhận."),
        marked("Chờ máy nhận xong (khoảng một phút) rồi gửi lại nếu vẫn cần."),
    ),
    _STALE_BATCH: (
        marked("Tập quét này không còn chờ, hoặc mã hồ sơ không đúng."),
        marked("Xem lại danh sách chờ xử lý; chưa có gì bị thay đổi."),
    ),
    _STALE: (
        marked("Câu hỏi này không còn, hoặc không trả lời như thế được."),
        marked("Xem lại danh sách câu hỏi; chưa có gì bị thay đổi."),
    ),
    _UNPROCESSABLE: (
        marked("Chưa chọn tệp ảnh, hoặc tên tệp không có đuôi ảnh quét."),
        marked("Chọn một tệp TIFF, JPEG, PNG, JP2 hoặc PDF rồi gửi lại."),
    ),
    _NO_ROOM: (
        marked("Máy không ghi được tệp gửi lên."),
        marked("Báo kỹ thuật viên xem chỗ trống của ổ đĩa thư mục quét; trang cũ vẫn giữ nguyên."),
    ),
}


@dataclass(frozen=True, slots=True)
class ParkedForm:
    """Which parked files; neither of them means all.

    Args:
        cause: Their rule code.
        master: The row id of a single one.
    """

    cause: str = ""
    master: int = 0

    def wanted(self) -> Wanted:
        """As the catalogue asks for them."""
        if self.master:
            return Wanted(ids=frozenset({self.master}))
        return Wanted(cause=self.cause or None)


class BatchAction(StrEnum):
    """What a person may do about a parked batch."""

    RETRY = "retry"
    SAY = "say"
    """Name the hồ sơ that its sheet stands for."""
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True)
class BatchForm:
    """What to do about a parked batch.

    Args:
        action: Which of them.
        master: With ``SAY``: the file of the sheet, or the first page behind the missing one.
        file_code: With ``SAY``: the hồ sơ.
    """

    action: BatchAction
    master: int = 0
    file_code: str = ""


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """What a person says to one question about a page.

    Args:
        file_unit: Row id of the hồ sơ.
        master: Row id of the dropped file that the page is in.
        frame: Of that file, 1-based.
        code: The question's rule code.
        answer: ``keep`` or ``drop``.
    """

    file_unit: int
    master: int
    frame: int
    code: str
    answer: Answer


@post("/cho-xu-ly/thu-lai", sync_to_thread=True)
def retry_parked(
    screens: NamedDependency[Screens],
    data: Annotated[ParkedForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Redirect:
    """Let the service judge parked files again: one, those of a cause, or all."""
    asked = parked.ask(screens.context.catalogue, data.wanted(), LOCAL_AGENT)
    query = urlencode({**({"ma": data.cause} if data.cause else {}), "da-hoi": asked})
    return Redirect(f"/cho-xu-ly?{query}", status_code=_SEE_OTHER)


@post("/cho-xu-ly/lich-su", sync_to_thread=True)
def set_parked_aside(
    screens: NamedDependency[Screens],
    data: Annotated[ParkedForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Redirect:
    """Keep parked files as history: one, or those of a cause; never all at once."""
    wanted = data.wanted()
    if wanted == Wanted():
        return Redirect("/cho-xu-ly", status_code=_SEE_OTHER)
    done = parked.set_aside(screens.context.catalogue, wanted, LOCAL_AGENT)
    return Redirect(f"/cho-xu-ly?da-cat={done}", status_code=_SEE_OTHER)


@post("/tap-quet/{batch_id:int}", sync_to_thread=True)
def act_on_batch(
    request: Request[Any, Any, Any],
    screens: NamedDependency[Screens],
    batch_id: FromPath[int],
    data: Annotated[BatchForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[Any]:
    """Try a parked batch again, say what its sheet says, or set it aside."""
    stage = BatchStage(screens.context.catalogue, limit=1)
    try:
        if data.action is BatchAction.SAY:
            stage.say(batch_id, data.master, data.file_code.strip(), LOCAL_AGENT)
        elif data.action is BatchAction.SET_ASIDE:
            stage.set_aside(batch_id, LOCAL_AGENT)
        else:
            stage.retry([batch_id])
    except (RuleError, ValueError) as problem:
        _LOG.info("a request about batch %d was refused: %s", batch_id, problem)
        return _refused(request, screens, _STALE_BATCH)
    return Redirect("/cho-xu-ly?da-hoi=0", status_code=_SEE_OTHER)


@post("/ho-so/{safe_name:str}/so/{number:int}/thay", request_max_body_size=MAX_UPLOAD_BYTES)
async def replace_number(
    request: Request[Any, Any, Any],
    screens: NamedDependency[Screens],
    safe_name: FromPath[str],
    number: FromPath[int],
) -> Response[Any]:
    """Drop a page that was scanned again, as a scanner would."""
    form = await request.form()
    try:
        sent = form.get("page")
        page = sent if isinstance(sent, UploadFile) else None
        status = await asyncio.to_thread(_drop, screens, safe_name, number, page)
    finally:
        await form.close()
    if status in _REFUSALS:
        return await asyncio.to_thread(_refused, request, screens, status)
    return Redirect(f"/ho-so/{safe_name}/so/{number}?da-gui=1", status_code=_SEE_OTHER)


def _drop(screens: Screens, safe_name: str, number: int, page: UploadFile | None) -> int:
    """Put what was sent into the hot folder; the status that tells how it went."""
    with screens.context.catalogue.read() as session:
        row = file_unit_details.file_unit_named(session, safe_name)
    rescans = screens.context.rescans
    if row is None or not 0 < number <= MAX_NUMBER or rescans is None:
        raise NotFoundException
    suffix = "" if page is None else PurePosixPath(page.filename).suffix.lower()
    if page is None or suffix not in SUFFIXES:
        return _UNPROCESSABLE
    try:
        rescans.put(cast("BinaryIO", page.file), row.safe_name, f"{number:04d}{suffix}")
    except FileExistsError:
        return _CONFLICT
    except StorageError as problem:
        _LOG.warning("a page that was sent could not be kept: %s", problem)
        return _NO_ROOM
    return _SEE_OTHER


@post("/cau-hoi/tra-loi", sync_to_thread=True)
def answer_question(
    request: Request[Any, Any, Any],
    screens: NamedDependency[Screens],
    data: Annotated[AnswerForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[Any]:
    """Record what a person says to a question, and act on it."""
    key = (data.master, data.frame, data.code)
    try:
        with screens.context.catalogue.write() as writing:
            review.answer(writing, data.file_unit, [key], data.answer, LOCAL_AGENT)
    except RuleError as problem:
        _LOG.info("an answer was refused: %s", problem)
        return _refused(request, screens, _STALE)
    return Redirect("/cau-hoi?da-ghi=1", status_code=_SEE_OTHER)


def _refused(request: Request[Any, Any, Any], screens: Screens, status: int) -> Response[str]:
    title, advice = _REFUSALS[status]
    return screens.answer(request, "message.html", status_code=status, title=title, advice=advice)
