"""The page of carried disks: fill one, take one back, and see where each is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency  # noqa: TC002 - read at run time
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException
from litestar.params import Body, FromPath, QueryParameter
from litestar.response import (
    Redirect,
    ServerSentEvent,
)

from appliance.domain.errors import IllegalTransition, RuleError
from appliance.pipeline.agents import LOCAL_AGENT
from appliance.pipeline.courier_trips import mark_carried, mark_lost
from appliance.web.courier_jobs import JobKind
from appliance.web.courier_view import read_couriers
from appliance.web.hub import Hub  # noqa: TC001 - read at run time, to fill it in
from appliance.web.live import stream_of
from appliance.web.screen import Screens  # noqa: TC001 - read at run time, to fill it in

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.web.courier_jobs import CourierJobs
    from appliance.web.courier_view import CourierView
    from appliance.web.language import Language

BeforeTrip = Annotated[int | None, QueryParameter(name="truoc", ge=0, le=2**62)]

_SEE_OTHER: Final = 303


@dataclass(frozen=True, slots=True)
class DiskForm:
    """What is to be done with a disk.

    Args:
        action: What.
        mount: Its folder, one of those configured.
        destination: To fill it: for which place.
    """

    action: JobKind
    mount: str
    destination: str = ""


@dataclass(frozen=True, slots=True)
class CarrierForm:
    """Who takes a disk away.

    Args:
        carrier: A name.
    """

    carrier: str


@dataclass(frozen=True, slots=True)
class CourierPart:
    """The live part of the page: all of it, the work on a disk included.

    Args:
        screens: They render it.
        before_id: Only fillings before this one; None = from the newest.
    """

    screens: Screens
    before_id: int | None

    def read(self) -> CourierView | None:
        """What it shows now; None where no disks are carried."""
        context = self.screens.context
        if context.couriers is None:
            return None
        with context.catalogue.read() as session:
            return read_couriers(session, context.couriers, self.screens.now(), self.before_id)

    def render(self, language: Language) -> str:
        """The part as it is now."""
        values = {"view": self.read(), "job": self.screens.disk_work()}
        return self.screens.part("_courier.html", language, **values)


@get("/courier", sync_to_thread=True)
def couriers_page(
    request: Request[Any, Any, Any], screens: NamedDependency[Screens], before_id: BeforeTrip = None
) -> Response[str]:
    """Disks that can be filled, the work that is on, and every filling."""
    view = CourierPart(screens, before_id).read()
    job = screens.disk_work()
    return screens.answer(request, "courier.html", view=view, job=job, before_id=before_id)


@get("/courier/live", sync_to_thread=False)
def couriers_live(
    request: Request[Any, Any, Any],
    screens: NamedDependency[Screens],
    hub: NamedDependency[Hub],
    before_id: BeforeTrip = None,
) -> ServerSentEvent:
    """The live part of that page."""
    return stream_of(request, hub, CourierPart(screens, before_id))


@post("/courier/dia", sync_to_thread=True)
def work_on_disk(
    screens: NamedDependency[Screens],
    data: Annotated[DiskForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[Any]:
    """Begin to fill a disk, or to take in what one brings back; only in configured folders."""
    jobs, mount = _jobs(screens), _configured(screens, data.mount)
    if data.action is JobKind.IMPORT:
        jobs.import_disk(mount, LOCAL_AGENT)
    else:
        if data.destination not in _destinations(screens):
            raise NotFoundException
        jobs.prepare(data.destination, mount, LOCAL_AGENT)
    return _back()


@post("/courier/{trip_id:int}/giao", sync_to_thread=True)
def hand_over(
    request: Request[Any, Any, Any],
    screens: NamedDependency[Screens],
    trip_id: FromPath[int],
    data: Annotated[CarrierForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[Any]:
    """A prepared disk was handed to somebody."""
    try:
        mark_carried(screens.context.catalogue, trip_id, data.carrier, LOCAL_AGENT)
    except (RuleError, IllegalTransition):
        return _stale(request, screens)
    return _back()


@post("/courier/{trip_id:int}/mat", sync_to_thread=True)
def give_up(
    request: Request[Any, Any, Any], screens: NamedDependency[Screens], trip_id: FromPath[int]
) -> Response[Any]:
    """A disk is lost; its packages go with another one."""
    try:
        mark_lost(screens.context.catalogue, trip_id, LOCAL_AGENT)
    except (RuleError, IllegalTransition):
        return _stale(request, screens)
    return _back()


def _jobs(screens: Screens) -> CourierJobs:
    if screens.courier_jobs is None:
        raise NotFoundException
    return screens.courier_jobs


def _configured(screens: Screens, mount: str) -> Path:
    """No folder but a configured one is ever written to from a page."""
    carrying = screens.context.couriers
    for path in carrying.mounts if carrying is not None else ():
        if str(path) == mount:
            return path
    raise NotFoundException


def _destinations(screens: Screens) -> tuple[str, ...]:
    carrying = screens.context.couriers
    places = () if carrying is None else carrying.places
    return tuple(place.destination for place in places)


def _stale(request: Request[Any, Any, Any], screens: Screens) -> Response[str]:
    """The disk stands otherwise by now: nothing was changed."""
    return screens.answer(request, "courier_stale.html", status_code=409)


def _back() -> Redirect:
    return Redirect("/courier", status_code=_SEE_OTHER)
