"""The screens of one page, of every scan of one number, and of the questions about pages."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.di import NamedDependency  # noqa: TC002 - read at run time
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from appliance.catalogue import file_unit_details
from appliance.domain.errors import IllegalTransition
from appliance.pipeline.agents import LOCAL_AGENT
from appliance.pipeline.taking_out import take_out
from appliance.web.changes import MAX_NUMBER, MAX_UPLOAD_BYTES, SUFFIXES
from appliance.web.language import marked
from appliance.web.page_view import read_number, read_page
from appliance.web.question_view import read_questions
from appliance.web.screen import Screens  # noqa: TC001 - read at run time, to fill it in

if TYPE_CHECKING:
    from collections.abc import Mapping

IsSent = Annotated[bool, QueryParameter(name="da-gui")]
IsAnswered = Annotated[bool, QueryParameter(name="da-ghi")]

_LOG: Final = logging.getLogger(__name__)
_SEE_OTHER: Final = 303
_CONFLICT: Final = 409
_NOT_TAKEN_OUT: Final = (
    marked("Tệp này không còn trong hồ sơ, hoặc hồ sơ đã niêm phong."),
    marked("Chưa có gì bị thay đổi. Mở lại trang hồ sơ để xem."),
)

_UPLOAD: Final[Mapping[str, Any]] = {
    "accepted": ",".join(SUFFIXES),
    "upload_limit_bytes": MAX_UPLOAD_BYTES,
}


@get("/trang/{page_id:int}", sync_to_thread=True)
def page_page(
    request: Request[Any, Any, Any], screens: NamedDependency[Screens], page_id: FromPath[int]
) -> Response[str]:
    """One page: its picture, its facts, what was found, earlier scans, and how to replace it."""
    with screens.context.catalogue.read() as session:
        view = read_page(session, page_id, screens.context.profiles)
    if view is None:
        raise NotFoundException
    return screens.answer(request, "page.html", view=view, **_UPLOAD)


@post("/tep/{master_id:int}/bo", sync_to_thread=True)
def take_out_of_file_unit(
    request: Request[Any, Any, Any], screens: NamedDependency[Screens], master_id: FromPath[int]
) -> Response[Any]:
    """Take a file that lies in a hồ sơ by mistake out of it."""
    try:
        unit = take_out(screens.context.catalogue, master_id, LOCAL_AGENT)
    except IllegalTransition as problem:
        _LOG.info("a file was not taken out: %s", problem)
        title, advice = _NOT_TAKEN_OUT
        return screens.answer(
            request, "message.html", status_code=_CONFLICT, title=title, advice=advice
        )
    return Redirect(f"/ho-so/{quote(unit.safe_name, safe='')}#trang", status_code=_SEE_OTHER)


@get("/ho-so/{safe_name:str}/so/{number:int}", sync_to_thread=True)
def number_page(
    request: Request[Any, Any, Any],
    screens: NamedDependency[Screens],
    safe_name: FromPath[str],
    number: FromPath[int],
    *,
    is_sent: IsSent = False,
) -> Response[str]:
    """Every scan of one number of a hồ sơ, and how to replace it."""
    with screens.context.catalogue.read() as session:
        row = file_unit_details.file_unit_named(session, safe_name)
        if row is None or not 0 < number <= MAX_NUMBER:
            raise NotFoundException
        view = read_number(session, row, number, screens.context.profiles)
    return screens.answer(request, "number.html", view=view, is_sent=is_sent, **_UPLOAD)


@get("/cau-hoi", sync_to_thread=True)
def questions_page(
    request: Request[Any, Any, Any],
    screens: NamedDependency[Screens],
    *,
    is_answered: IsAnswered = False,
) -> Response[str]:
    """The questions about pages that only a person answers, with both pictures side by side."""
    with screens.context.catalogue.read() as session:
        questions = read_questions(session)
    return screens.answer(request, "questions.html", questions=questions, is_answered=is_answered)
