"""The pages: each handler reads in one transaction and renders one template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency  # noqa: TC002 - read at run time
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from litestar.response import ServerSentEvent  # noqa: TC002 - read at run time

from appliance import __version__
from appliance.catalogue import file_unit_details, overview
from appliance.catalogue.browse import FileUnitFilter
from appliance.domain.rules import HOLDING_CODES
from appliance.domain.states import DepositState, FileUnitState, MasterState
from appliance.domain.verdict import judge_box
from appliance.web.file_unit_view import Position, read_file_unit
from appliance.web.hub import Hub  # noqa: TC001 - read at run time, to fill it in
from appliance.web.list_views import list_file_units, list_masters
from appliance.web.live import stream_of
from appliance.web.screen import Screens, next_address
from appliance.web.status_view import read_status

if TYPE_CHECKING:
    from appliance.web.language import Language
    from appliance.web.status_values import StatusView

SoughtText = Annotated[str, QueryParameter(name="tim", max_length=100)]
HeldText = Annotated[str | None, QueryParameter(name="vuong", max_length=100)]
StateQuery = Annotated[FileUnitState | None, QueryParameter(name="trang-thai")]
MasterQuery = Annotated[MasterState | None, QueryParameter(name="trang-thai")]
PlaceQuery = Annotated[str | None, QueryParameter(name="noi", max_length=200)]
DepositQuery = Annotated[DepositState | None, QueryParameter(name="nop")]
AfterCode = Annotated[str, QueryParameter(name="sau", max_length=200)]
BeforeNumber = Annotated[int | None, QueryParameter(name="truoc", ge=0, le=2**62)]
AfterPage = Annotated[str, QueryParameter(name="trang", pattern=r"^\d{1,9}\.\d{1,9}$")]
AfterMaster = Annotated[int, QueryParameter(name="tep", ge=0, le=2**62)]
BeforeEvent = Annotated[int | None, QueryParameter(name="su-kien", ge=0, le=2**62)]

ALL_HELD = "tat-ca"
"""The value of ``?vuong=`` that names no single reason."""


@dataclass(frozen=True, slots=True)
class StatusPart:
    """The live part of the status page: all of it."""

    screens: Screens

    def read(self) -> StatusView:
        """What it shows now."""
        context = self.screens.context
        with context.catalogue.read() as session:
            return read_status(session, context.clock.now(), context.bandwidths)

    def render(self, language: Language) -> str:
        """The part as it is now."""
        return self.screens.part("_status.html", language, view=self.read())


@get("/", sync_to_thread=True)
def status_page(
    request: Request[Any, Any, Any], screens: NamedDependency[Screens]
) -> Response[str]:
    """The status page: the verdict, what needs a person, every place, every count."""
    return screens.answer(request, "status.html", view=StatusPart(screens).read())


@get("/su-kien", sync_to_thread=False)
def live_stream(
    request: Request[Any, Any, Any],
    screens: NamedDependency[Screens],
    hub: NamedDependency[Hub],
) -> ServerSentEvent:
    """The live part of the status page."""
    return stream_of(request, hub, StatusPart(screens))


@get("/healthz", sync_to_thread=True)
def health(screens: NamedDependency[Screens]) -> Response[dict[str, str]]:
    """The release and the verdict's level, for whatever watches this box."""
    with screens.context.catalogue.read() as session:
        verdict = judge_box(overview.box_facts(session, screens.context.clock.now()))
    content = {"version": __version__, "verdict": verdict.level.name}
    return Response(content, headers={"cache-control": "no-store"})


@get("/ho-so", sync_to_thread=True)
def file_units_page(
    request: Request[Any, Any, Any],
    screens: NamedDependency[Screens],
    *,
    unit_state: StateQuery = None,
    place: PlaceQuery = None,
    deposit_state: DepositQuery = None,
    held: HeldText = None,
    sought: SoughtText = "",
    after_code: AfterCode = "",
) -> Response[str]:
    """The hồ sơ, by their codes; in one state, held up, so far along at one place, or sought."""
    codes = None if held is None else HOLDING_CODES if held == ALL_HELD else {held}
    wanted = FileUnitFilter(unit_state, place, deposit_state, codes, sought.strip() or None)
    now = screens.context.clock.now()
    with screens.context.catalogue.read() as session:
        found = list_file_units(session, wanted, after_code, now)
    return screens.answer(
        request,
        "file_units.html",
        found=found,
        next=next_address(request, "sau", found.next_after),
        wanted=wanted,
        held=held,
        all_held=ALL_HELD,
    )


@get("/ho-so/{safe_name:str}", sync_to_thread=True)
def file_unit_page(
    request: Request[Any, Any, Any],
    screens: NamedDependency[Screens],
    safe_name: FromPath[str],
    *,
    after_page: AfterPage = "0.0",
    after_master: AfterMaster = 0,
    before_event: BeforeEvent = None,
) -> Response[str]:
    """One hồ sơ: description, state, pages, masters, packages, proofs, events."""
    number, frame = (int(part) for part in after_page.split("."))
    now = screens.context.clock.now()
    position = Position((number, frame), after_master, before_event)
    with screens.context.catalogue.read() as session:
        row = file_unit_details.file_unit_named(session, safe_name)
        if row is None:
            raise NotFoundException
        view = read_file_unit(session, row, position, now)
    return screens.answer(request, "file_unit.html", view=view, position=position)


@get("/tep", sync_to_thread=True)
def masters_page(
    request: Request[Any, Any, Any],
    screens: NamedDependency[Screens],
    master_state: MasterQuery = None,
    before_id: BeforeNumber = None,
) -> Response[str]:
    """The dropped files, the newest first; in one state or in any."""
    with screens.context.catalogue.read() as session:
        found = list_masters(session, master_state, before_id)
    following = next_address(request, "truoc", found.next_key)
    return screens.answer(request, "masters.html", found=found, next=following, chosen=master_state)
