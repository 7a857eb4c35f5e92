"""The page of audits, and what a person decides there."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency  # noqa: TC002 - read at run time
from litestar.params import FromPath  # noqa: TC002 - read at run time
from litestar.response import Redirect

from appliance.pipeline.agents import LOCAL_AGENT
from appliance.pipeline.audit import continue_after_damage
from appliance.web import audit_view
from appliance.web.screen import Screens  # noqa: TC001 - read at run time, to fill it in

_SEE_OTHER: Final = 303


@get("/audit", sync_to_thread=True)
def audits_page(
    request: Request[Any, Any, Any], screens: NamedDependency[Screens]
) -> Response[str]:
    """Proofs of every place, slices, restore drills, and all damage."""
    now = screens.context.clock.now()
    with screens.context.catalogue.read() as session:
        view = audit_view.read_audits(session, now)
    return screens.answer(request, "audit.html", view=view, words=audit_view)


@post("/audit/{place:str}/continue", sync_to_thread=True)
def continue_audits(screens: NamedDependency[Screens], place: FromPath[str]) -> Redirect:
    """Let audits and repairs at a place go on after somebody has looked at its disk."""
    continue_after_damage(screens.context.catalogue, place, LOCAL_AGENT)
    return Redirect("/audit", status_code=_SEE_OTHER)
