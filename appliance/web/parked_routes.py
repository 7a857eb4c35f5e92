"""The screen of what was put aside, which renews itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency  # noqa: TC002 - read at run time
from litestar.params import QueryParameter
from litestar.response import ServerSentEvent  # noqa: TC002 - read at run time

from appliance.web.hub import Hub  # noqa: TC001 - read at run time, to fill it in
from appliance.web.live import stream_of
from appliance.web.parked_view import read_parked
from appliance.web.screen import Screens  # noqa: TC001 - read at run time, to fill it in

if TYPE_CHECKING:
    from appliance.web.language import Language
    from appliance.web.parked_view import ParkedView

CodeQuery = Annotated[str | None, QueryParameter(name="ma", max_length=100)]
AfterNumber = Annotated[int, QueryParameter(name="sau", ge=0, le=2**62)]
AsideNumber = Annotated[int | None, QueryParameter(name="da-cat", ge=0, le=2**62)]
AskedNumber = Annotated[int | None, QueryParameter(name="da-hoi", ge=0, le=2**62)]


@dataclass(frozen=True, slots=True)
class ParkedPart:
    """The live part of the screen: all of it.

    Args:
        screens: They render it.
        code: Only files of this cause; None for all.
        after_id: The row id before the first file shown.
    """

    screens: Screens
    code: str | None
    after_id: int

    def read(self) -> ParkedView:
        """What it shows now."""
        context = self.screens.context
        with context.catalogue.read() as session:
            now = self.screens.now()
            return read_parked(session, now, self.code, self.after_id, context.profiles)

    def render(self, language: Language) -> str:
        """The part as it is now."""
        return self.screens.part("_parked.html", language, view=self.read(), code=self.code)


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
    return screens.answer(
        request,
        "parked.html",
        view=ParkedPart(screens, code, after_id).read(),
        code=code,
        after_id=after_id,
        asked=asked,
        aside=aside,
    )


@get("/cho-xu-ly/live", sync_to_thread=False)
def parked_live(
    request: Request[Any, Any, Any],
    screens: NamedDependency[Screens],
    hub: NamedDependency[Hub],
    *,
    code: CodeQuery = None,
    after_id: AfterNumber = 0,
) -> ServerSentEvent:
    """The live part of that screen."""
    return stream_of(request, hub, ParkedPart(screens, code, after_id))
