"""The clock port: one suite for the system's clock and the fake; and moments as text."""

from __future__ import annotations

import ctypes
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.clock import SystemClock
from appliance.domain.clock import Clock, from_text, later, to_text
from tests.fakes.clock import START, FakeClock

ZONES = st.integers(-23 * 60, 23 * 60).map(lambda n: dt.timezone(dt.timedelta(minutes=n)))
MOMENTS = st.datetimes(
    min_value=dt.datetime(2, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=dt.datetime(9998, 1, 1),  # noqa: DTZ001 - the same
    timezones=ZONES,
)


@pytest.fixture(params=[SystemClock, FakeClock])
def clock(request: pytest.FixtureRequest) -> Clock:
    """Each implementation of the port in turn."""
    made: Clock = request.param()
    return made


class TestContract:
    """What every clock promises."""

    def test_the_moment_is_aware_and_in_utc(self, clock: Clock) -> None:
        """syncthing#9394: A moment carries UTC, so that it can be compared with any other."""
        assert clock.now().tzinfo is dt.UTC

    def test_the_moment_survives_its_text(self, clock: Clock) -> None:
        """Nothing finer than the text form is lost on the way to the catalogue."""
        now = clock.now()
        assert from_text(to_text(now)) == now

    def test_seconds_never_shrink(self, clock: Clock) -> None:
        """The monotonic reading of a later call is no smaller."""
        readings = [clock.monotonic() for _ in range(100)]
        assert readings == sorted(readings)

    def test_trust_is_a_plain_answer(self, clock: Clock) -> None:
        """The answer is a bool, as the catalogue records it."""
        assert isinstance(clock.is_trusted(), bool)


class TestFake:
    """What tests rely on beyond the port."""

    def test_time_passes_on_both_readings(self) -> None:
        """The moment and the monotonic seconds move together."""
        clock = FakeClock()
        clock.pass_seconds(90)
        assert clock.now() - START == dt.timedelta(seconds=90)
        assert clock.monotonic() == 90

    def test_time_stands_still_otherwise(self) -> None:
        """Two readings without a move are the same."""
        clock = FakeClock()
        assert clock.now() == clock.now()


class TestSystem:
    """The real clock."""

    def test_no_kernel_answer_means_no_trust(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where the kernel cannot be asked, the clock is not trusted."""

        def refuse(*_arguments: object, **_options: object) -> object:
            raise OSError("no such library")

        monkeypatch.setattr(ctypes, "CDLL", refuse)
        assert SystemClock().is_trusted() is False

    @pytest.mark.parametrize(
        ("state", "is_trusted"), [(0, True), (4, True), (5, False), (-1, False)]
    )
    def test_the_kernels_answer_decides(
        self, monkeypatch: pytest.MonkeyPatch, state: int, *, is_trusted: bool
    ) -> None:
        """``TIME_ERROR`` (5) and a failed call mean an unsynchronised clock (adjtimex(2))."""

        class Library:
            """Stands for the C library."""

            def __init__(self, *_arguments: object, **_options: object) -> None:
                pass

            def adjtimex(self, _buffer: object) -> int:
                """Answer as the test says."""
                return state

        monkeypatch.setattr(ctypes, "CDLL", Library)
        assert SystemClock().is_trusted() is is_trusted


class TestText:
    """The one text form of a moment."""

    @given(MOMENTS)
    def test_text_comes_back_as_the_moment(self, moment: dt.datetime) -> None:
        """``from_text`` is the exact inverse of ``to_text``, whatever the zone."""
        assert from_text(to_text(moment)) == moment

    @given(MOMENTS, MOMENTS)
    def test_text_sorts_as_time_does(self, one: dt.datetime, other: dt.datetime) -> None:
        """The catalogue compares moments as texts."""
        assert (to_text(one) < to_text(other)) == (one < other)

    @given(MOMENTS)
    def test_text_has_one_width(self, moment: dt.datetime) -> None:
        """Every text is as wide as any other, years before 1000 included."""
        assert len(to_text(moment)) == len("2026-11-22T13:13:01.094512Z")

    def test_a_naive_moment_is_refused(self) -> None:
        """A moment without a zone is not a fact."""
        with pytest.raises(ValueError, match="time zone"):
            to_text(START.replace(tzinfo=None))

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "2026-03-02",
            "2026-03-02T08:00:00Z",
            "2026-03-02T08:00:00.5Z",
            "2026-3-2T8:0:0.000000Z",
            "2026-03-02 08:00:00.000000Z",
            "2026-03-02T08:00:00.000000",
            "2026-03-02T08:00:00.000000+07:00",
            "2026-02-30T08:00:00.000000Z",
            "2026-03-02T08:00:00.000000Z ",
        ],
    )
    def test_another_form_is_refused(self, text: str) -> None:
        """Only the text that ``to_text`` writes is read back."""
        with pytest.raises(ValueError, match=r"."):
            from_text(text)

    @pytest.mark.parametrize("seconds", [0, 0.25, 60, 86_400.5])
    def test_later_is_so_many_seconds_on(self, seconds: float) -> None:
        """Half a second more is half a second more, over midnight too."""
        assert later(to_text(START), seconds) == to_text(START + dt.timedelta(seconds=seconds))
