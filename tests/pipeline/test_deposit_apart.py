"""Destinations do not hold each other up: each has its own turn, over one catalogue."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.pipeline.making import Bench
    from tests.sync.fakes import FakeRemote

PATIENCE_SECONDS = 120.0


@pytest.mark.parametrize("where", ["probe", "deposit"])
def test_a_place_that_hangs_holds_up_no_other(bench: Bench, where: str) -> None:
    """While one hangs in a probe or with half a package, another is probed, sent to and proved."""
    bench.sealed({"HS-01": 1, "HS-02": 1})
    province, ministry = bench.far_side("province"), bench.far_side("ministry")
    hanging, go_on = threading.Event(), threading.Event()
    setattr(province, where, _hanging(getattr(province, where), hanging, go_on))
    held = threading.Thread(target=_probe_and_send, args=(bench, province, "province"))
    held.start()
    try:
        assert hanging.wait(PATIENCE_SECONDS)
        _probe_and_send(bench, ministry, "ministry")
        assert [row.state for row in bench.deposits("ministry")] == ["proved", "proved"]
        assert held.is_alive()
        assert "proved" not in {row.state for row in bench.deposits("province")}
    finally:
        go_on.set()
        held.join(PATIENCE_SECONDS)
    assert [row.state for row in bench.deposits("province")] == ["proved", "proved"]


def _probe_and_send(bench: Bench, remote: FakeRemote, place: str) -> None:
    stage = bench.deposit_stage(remote, place)
    stage.probe()
    stage.run_once(f"sync:{place}:1")


def _hanging(
    call: Callable[..., Any], hanging: threading.Event, go_on: threading.Event
) -> Callable[..., Any]:
    """The same call, which waits when some of the package is through."""

    def wait(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - handed through
        if "progress" in named:
            named["progress"](1, 2)
        hanging.set()
        go_on.wait(PATIENCE_SECONDS)
        return call(*given, **named)

    return wait
