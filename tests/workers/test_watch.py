"""The watch over a worker's tasks: it ends what takes too long, and nothing else."""

from __future__ import annotations

import threading
import time
from contextlib import closing

from appliance.workers.watch import Watch

_PATIENCE_SECONDS = 30
_SHORT_SECONDS = 0.05


def test_what_takes_too_long_is_ended_once() -> None:
    """Each such task, however many came before it."""
    ended: list[str] = []
    with closing(Watch(_SHORT_SECONDS)) as watch:
        for name in ("first", "second"):
            is_over = threading.Event()

            def end(name: str = name, is_over: threading.Event = is_over) -> None:
                ended.append(name)
                is_over.set()

            with watch.over(end):
                assert is_over.wait(_PATIENCE_SECONDS)
                time.sleep(2 * _SHORT_SECONDS)  # it would be ended again by now
    assert ended == ["first", "second"]


def test_what_is_done_in_time_is_not_ended() -> None:
    """Neither when its time would be over, nor when the next task's is."""
    ended: list[int] = []
    is_over = threading.Event()
    with closing(Watch(_SHORT_SECONDS)) as watch:
        for number in range(50):
            with watch.over(lambda number=number: ended.append(number)):  # type: ignore[misc]  # its type is the list's
                pass
        with watch.over(is_over.set):
            assert is_over.wait(_PATIENCE_SECONDS)
    assert ended == []


def test_a_task_after_a_long_rest_is_watched() -> None:
    """The watch sleeps while there is nothing to look at, and wakes for the next task."""
    is_over = threading.Event()
    with closing(Watch(_SHORT_SECONDS)) as watch:
        with watch.over(is_over.set):
            pass
        time.sleep(4 * _SHORT_SECONDS)
        assert not is_over.is_set()
        with watch.over(is_over.set):
            assert is_over.wait(_PATIENCE_SECONDS)


def test_a_closed_watch_leaves_no_thread() -> None:
    """Its thread has ended, whatever the limit."""
    before = set(threading.enumerate())
    watch = Watch(3600)
    with watch.over(lambda: None):
        assert len(set(threading.enumerate()) - before) == 1
    watch.close()
    assert not set(threading.enumerate()) - before
