"""The screen of one destination, and what a person decides there."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import quote, urlencode

from litestar import Request, Response, get, post
from litestar.di import NamedDependency  # noqa: TC002 - read at run time
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException
from litestar.params import Body, FromPath, QueryParameter
from litestar.response import (
    Redirect,
    ServerSentEvent,
)

from appliance.catalogue import deposits, sending
from appliance.domain.errors import RemoteError, RuleError
from appliance.domain.pace import NO_LIMIT
from appliance.domain.states import DepositState
from appliance.pipeline.agents import LOCAL_AGENT
from appliance.pipeline.halting import resume_after_damage
from appliance.pipeline.place_contact import PlaceContact, finding_of
from appliance.web.hub import Hub  # noqa: TC001 - read at run time, to fill it in
from appliance.web.live import stream_of
from appliance.web.place_view import read_place
from appliance.web.screen import Screens  # noqa: TC001 - read at run time, to fill it in

if TYPE_CHECKING:
    from appliance.catalogue.tables import DestinationRow
    from appliance.domain.findings import Finding
    from appliance.web.language import Language
    from appliance.web.place_view import PlaceScreen

StateQuery = Annotated[DepositState, QueryParameter(name="trang-thai")]
AfterKey = Annotated[str, QueryParameter(name="sau", max_length=60)]
AskedNumber = Annotated[int | None, QueryParameter(name="da-hoi", ge=0, le=2**62)]

_SEE_OTHER: Final = 303
_CONFLICT: Final = 409
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RetryForm:
    """Which packages are tried again; neither of them means all that wait for a person.

    Args:
        cause: Their rule code.
        deposit: The row id of a single one.
    """

    cause: str = ""
    deposit: int = 0


@dataclass(frozen=True, slots=True)
class PlacePart:
    """The live part of a destination's screen: all of it.

    Args:
        screens: They render it.
        name: The destination.
        state: Whose packages are listed.
        key: After which the list begins; empty = at its beginning.
    """

    screens: Screens
    name: str
    state: DepositState
    key: str

    def read(self) -> PlaceScreen:
        """What it shows now.

        Raises:
            NotFoundException: There is no such destination.
        """
        context = self.screens.context
        now, bandwidth = context.clock.now(), context.bandwidths.get(self.name, NO_LIMIT)
        with context.catalogue.read() as session:
            row = deposits.known_destination(session, self.name)
            if row is None:
                raise NotFoundException
            return read_place(session, row, now, bandwidth, (self.state, self.key))

    def render(self, language: Language) -> str:
        """The part as it is now."""
        return self.screens.part("_place.html", language, view=self.read())


@get("/places/{name:str}", sync_to_thread=True)
def place_page(
    request: Request[Any, Any, Any],
    screens: NamedDependency[Screens],
    name: FromPath[str],
    *,
    deposit_state: StateQuery = DepositState.WAITING,
    key: AfterKey = "",
    asked: AskedNumber = None,
) -> Response[str]:
    """One destination: contact and proof, what is on its way, what waits for a person."""
    view = PlacePart(screens, name, deposit_state, key).read()
    return screens.answer(request, "place.html", view=view, key=key, asked=asked)


@get("/places/{name:str}/live", sync_to_thread=True)
def place_live(
    request: Request[Any, Any, Any],
    screens: NamedDependency[Screens],
    hub: NamedDependency[Hub],
    name: FromPath[str],
    *,
    deposit_state: StateQuery = DepositState.WAITING,
    key: AfterKey = "",
) -> ServerSentEvent:
    """The live part of that screen."""
    _known(screens, name)
    return stream_of(request, hub, PlacePart(screens, name, deposit_state, key))


@post("/places/{name:str}/retry", sync_to_thread=True)
def retry_deposits(
    screens: NamedDependency[Screens],
    name: FromPath[str],
    data: Annotated[RetryForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Redirect:
    """Let packages that wait for a person be tried again, and the place itself at once."""
    catalogue = screens.context.catalogue
    _known(screens, name)
    with catalogue.write() as writing:
        asked = sending.retry_stopped(
            writing, name, cause=data.cause or None, deposit_id=data.deposit or None
        )
        if not data.deposit:
            sending.wake_deposits(writing, name)
    PlaceContact(catalogue, name).forget_hold()
    query = urlencode({"da-hoi": asked})
    return Redirect(f"{_address(name)}?{query}", status_code=_SEE_OTHER)


@post("/places/{name:str}/accept-restored", sync_to_thread=True)
def accept_restored_store(
    request: Request[Any, Any, Any], screens: NamedDependency[Screens], name: FromPath[str]
) -> Response[Any]:
    """Take a store as it is after its restoration; what it has forgotten is sent again."""
    _known(screens, name)
    accept = screens.context.accept_restored
    if accept is None:
        raise NotFoundException
    try:
        owed = accept(name, LOCAL_AGENT)
    except (RuleError, RemoteError) as problem:
        return _refused(request, screens, name, problem)
    return Redirect(f"{_address(name)}?da-hoi={owed}", status_code=_SEE_OTHER)


@post("/sync/resume", sync_to_thread=True)
def resume_sending(screens: NamedDependency[Screens]) -> Redirect:
    """A person has looked at the damage: let sending go on."""
    resume_after_damage(screens.context.catalogue, LOCAL_AGENT)
    return Redirect("/", status_code=_SEE_OTHER)


def _known(screens: Screens, name: str) -> DestinationRow:
    with screens.context.catalogue.read() as session:
        row = deposits.known_destination(session, name)
    if row is None:
        raise NotFoundException
    return row


def _refused(
    request: Request[Any, Any, Any], screens: Screens, name: str, problem: RuleError | RemoteError
) -> Response[str]:
    """Why it was refused, in plain words, with the way back."""
    _LOG.info("a restored store of %s was not accepted: %s", name, problem)
    findings: tuple[Finding, ...] = (
        problem.findings if isinstance(problem, RuleError) else (finding_of(problem, name),)
    )
    return screens.answer(
        request,
        "place_refused.html",
        status_code=_CONFLICT,
        findings=findings,
        address=_address(name),
    )


def _address(name: str) -> str:
    return f"/places/{quote(name, safe='')}"
