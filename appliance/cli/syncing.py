"""The command ``sync``: deposit what waits, and say what a person has decided."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from appliance.catalogue import deposits, halts, sending
from appliance.cli.opening import opened
from appliance.cli.output import say, say_findings
from appliance.config.destinations import DestinationKind
from appliance.domain.errors import IntegrityError, RuleError
from appliance.domain.states import DepositState
from appliance.pipeline.agents import LOCAL_AGENT
from appliance.pipeline.halting import resume_after_damage
from appliance.pipeline.place_contact import PlaceContact

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from appliance.bootstrap import Appliance
    from appliance.config import DestinationSettings


def sync_now(arguments: argparse.Namespace) -> int:
    """Deposit what waits at each destination; 1 when something is still not proved."""
    with opened(arguments) as appliance:
        if arguments.resume_after_damage:
            was_halted = resume_after_damage(appliance.catalogue, LOCAL_AGENT)
            say("sending goes on" if was_halted else "sending was not stopped for damage")
        if arguments.accept_restored is not None:
            _accept(appliance, arguments.accept_restored)
        places = _chosen(appliance, arguments.accept_restored or arguments.destination)
        send = partial(_send, appliance, is_once=arguments.once)
        with ThreadPoolExecutor(len(places)) as threads:
            for _ in threads.map(send, places):
                pass  # each destination by itself: a slow line holds up no other
        unproved = sum(_say_counts(appliance, place) for place in places)
        _refuse_when_halted(appliance)
    return 1 if unproved else 0


def _chosen(appliance: Appliance, name: str | None) -> Sequence[DestinationSettings]:
    places = [
        place
        for place in appliance.settings.destination
        if name in {None, place.name} and place.kind != DestinationKind.COURIER
    ]
    if not places:
        raise RuleError(f"no line leads to a destination {name!r}")
    return places


def _accept(appliance: Appliance, name: str) -> None:
    owed = appliance.accept_restored(name, LOCAL_AGENT)
    say(f"{name}: {owed} packages are sent again")


def _send(appliance: Appliance, place: DestinationSettings, *, is_once: bool) -> None:
    """Whoever asks now has seen to the causes: what was refused or pauses is tried again."""
    stage = appliance.deposit_stage(place)
    with appliance.catalogue.write() as writing:
        sending.retry_stopped(writing, place.name)
        sending.wake_deposits(writing, place.name)
    PlaceContact(appliance.catalogue, place.name).forget_hold()
    is_up = stage.probe()
    while is_up and stage.run_once(f"command:{os.getpid()}"):
        is_up = not is_once and not stage.is_line_down()


def _say_counts(appliance: Appliance, place: DestinationSettings) -> int:
    """Say how a destination stands; how many packages are not proved there."""
    with appliance.catalogue.read() as session:
        counts = deposits.counts(session, place.name)
        reason = deposits.finding_from(deposits.destination(session, place.name).reason)
    proved = counts.get(DepositState.PROVED, 0)
    unproved = sum(counts.values()) - proved
    say(f"{place.name}: {proved} proved, {unproved} not proved")
    say_findings([] if reason is None else [reason])
    return unproved


def _refuse_when_halted(appliance: Appliance) -> None:
    with appliance.catalogue.read() as session:
        standing = [finding for finding, _since in halts.halts(session)]
    if standing:
        say_findings(standing)
        raise IntegrityError(
            "nothing is sent: find the cause, then `appliance sync --resume-after-damage`",
            code=standing[0].code,
        )
