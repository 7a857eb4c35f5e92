"""The web application: pages, live stream, downloads, and what surrounds each answer."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from litestar import Litestar, Response
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.static_files import create_static_files_router

from appliance.web import (
    audit_routes,
    changes,
    correction_routes,
    courier_routes,
    document_routes,
    downloads,
    page_routes,
    parked_routes,
    place_routes,
    routes,
)
from appliance.web.hub import Hub, watching
from appliance.web.language import marked
from appliance.web.screen import (
    STATIC_FOLDER,
    Screens,
    WebContext,
    static_prefix,
)
from appliance.web.security import (
    FORBIDDEN_STATUS,
    MISDIRECTED_STATUS,
    ChangeGuard,
    HostGuard,
    add_headers,
    form_protection,
)
from appliance.web.spooling import spooling_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from litestar import Request

__all__ = ["WebContext", "create_app", "hub_of"]

_LOG = logging.getLogger(__name__)

_YEAR_SECONDS: Final = 365 * 24 * 3600
_SERVER_ERROR_STATUS: Final = 500

_PAGES: Final = (
    routes.status_page,
    routes.live_stream,
    routes.health,
    routes.file_units_page,
    routes.file_unit_page,
    routes.masters_page,
    parked_routes.parked_page,
    parked_routes.parked_live,
    place_routes.place_page,
    place_routes.place_live,
    audit_routes.audits_page,
    courier_routes.couriers_page,
    courier_routes.couriers_live,
    page_routes.page_page,
    page_routes.number_page,
    page_routes.questions_page,
    document_routes.new_document_page,
    document_routes.document_page,
    downloads.picture,
    downloads.original,
    downloads.sidecar,
    downloads.sidecar_signature,
    downloads.receipt,
    downloads.receipt_signature,
)
_CHANGES: Final = (
    changes.retry_parked,
    changes.set_parked_aside,
    changes.act_on_batch,
    changes.replace_number,
    page_routes.take_out_of_file_unit,
    changes.answer_question,
    place_routes.retry_deposits,
    place_routes.accept_restored_store,
    place_routes.resume_sending,
    audit_routes.continue_audits,
    courier_routes.work_on_disk,
    courier_routes.hand_over,
    courier_routes.give_up,
    document_routes.put_document,
    document_routes.remove_document,
    document_routes.choose_pdf_per,
    correction_routes.correct_file_unit,
    correction_routes.take_signed_pdf,
)

_MESSAGES: Final = {
    400: (
        marked("Địa chỉ này không đúng."),
        marked("Kiểm tra lại địa chỉ, hoặc trở về trang trạng thái."),
    ),
    FORBIDDEN_STATUS: (
        marked("Không thay đổi được từ đây."),
        marked(
            "Việc này chỉ làm được ở trang mở ngay trên máy lưu trữ. Nếu đang ở máy đó, "
            "tải lại trang rồi làm lại."
        ),
    ),
    404: (
        marked("Không có trang này."),
        marked("Hồ sơ hoặc địa chỉ không có trong sổ của máy. Trở về trang trạng thái."),
    ),
    405: (
        marked("Trang này chỉ để xem."),
        marked("Không có gì bị thay đổi. Trở về trang trạng thái."),
    ),
    413: (
        marked("Tệp gửi lên quá lớn."),
        marked("Đưa trang này vào bằng máy quét hoặc thư mục chia sẻ."),
    ),
    MISDIRECTED_STATUS: (
        marked("Tên máy trong địa chỉ không phải của máy này."),
        marked("Mở trang bằng địa chỉ mà kỹ thuật viên đã đưa."),
    ),
    _SERVER_ERROR_STATUS: (
        marked("Trang này gặp lỗi."),
        marked("Tài liệu không bị ảnh hưởng. Thử lại; nếu vẫn lỗi, báo kỹ thuật viên xem nhật ký."),
    ),
}
"""What happened and what to do, by status; others are worded as the nearest hundred below."""


def create_app(context: WebContext) -> Litestar:
    """Build the application over an open catalogue.

    Forms are taken only where ``context.may_change`` says so; their tokens hold for this start.
    """
    screens = Screens(context)
    hub = Hub(context.catalogue, screens.disk_work)
    static = create_static_files_router(
        static_prefix(),
        [STATIC_FOLDER],
        cache_control=CacheControlHeader(max_age=_YEAR_SECONDS, public=True, immutable=True),
    )
    return Litestar(
        [*_PAGES, *_CHANGES, static],
        dependencies={
            "screens": Provide(lambda: screens, sync_to_thread=False),
            "hub": Provide(lambda: hub, sync_to_thread=False),
        },
        lifespan=[lambda _app: spooling_in(context.work_folder), _watched(hub)],
        middleware=[
            HostGuard(context.host_names),
            ChangeGuard(may_change=context.may_change),
        ],
        csrf_config=form_protection() if context.may_change else None,
        before_send=[add_headers],
        exception_handlers={Exception: _error_page(screens)},
        state=State({"hub": hub}),
        openapi_config=None,
        logging_config=None,
    )


def hub_of(app: Litestar) -> Hub:
    """The hub whose streams an application serves."""
    hub: Hub = app.state.hub
    return hub


def _watched(hub: Hub) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    return lambda _app: watching(hub)


def _error_page(
    screens: Screens,
) -> Callable[[Request[Any, Any, Any], Exception], Response[str]]:
    """The handler that turns every error into a page in plain words."""

    def answer(request: Request[Any, Any, Any], problem: Exception) -> Response[str]:
        status = problem.status_code if isinstance(problem, HTTPException) else 500
        if status >= _SERVER_ERROR_STATUS:
            _LOG.error("the page %s failed", request.url.path, exc_info=problem)
        nearest = status if status in _MESSAGES else status // 100 * 100
        title, advice = _MESSAGES[nearest]
        return screens.answer(
            request, "message.html", status_code=status, title=title, advice=advice
        )

    return answer
