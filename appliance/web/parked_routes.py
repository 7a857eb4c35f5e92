"""The screen of what was put aside, and the part of it that renews itself."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency  # noqa: TC002 - read at run time
from litestar.params import QueryParameter

from appliance.web.parked_view import read_groups, read_parked
from appliance.web.screen import Screens, next_address

CodeQuery = Annotated[str | None, QueryParameter(name="ma", max_length=100)]
AfterNumber = Annotated[int, QueryParameter(name="sau", ge=0, le=2**62)]
AsideNumber = Annotated[int | None, QueryParameter(name="da-cat", ge=0, le=2**62)]
AskedNumber = Annotated[int | None, QueryParameter(name="da-hoi", ge=0, le=2**62)]


@get("/cho-xu-ly", sync_to_thread=True)
def parked_page(
    request: Request[Any, Any, Any],
    screens: NamedDependency[Screens],
    *,
    code: CodeQuery = None,
    after_id: AfterNumber = 0,
    asked: AskedNumber = None,
    aside: AsideNumber = None,
) -> Response[str]:
    """What was put aside, grouped by cause, and the files of one cause or of all."""
    context = screens.context
    with context.catalogue.read() as session:
        view = read_parked(session, screens.now(), code, after_id, context.profiles)
    following = next_address(request, "sau", view.next_key)
    return screens.answer(
        request,
        "parked.html",
        view=view,
        groups=view.groups,
        next=following,
        code=code,
        asked=asked,
        aside=aside,
    )


@get("/cho-xu-ly/nhom", sync_to_thread=True)
def parked_groups(
    request: Request[Any, Any, Any], screens: NamedDependency[Screens], code: CodeQuery = None
) -> Response[str]:
    """The causes alone: what a page asks for while the service works through them."""
    with screens.context.catalogue.read() as session:
        groups = read_groups(session, screens.now())
    return screens.fragment(request, "_parked_groups.html", groups=groups, code=code)
