"""Where the processor time of intake goes, page by page; everything in one process for once."""

from __future__ import annotations

import cProfile
import pstats
import time
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Any, Final

from benchmarks.box import drop, fresh_box, samples, take_in
from benchmarks.intake_pages import pages_of

if TYPE_CHECKING:
    from collections.abc import Callable

_KINDS: Final = {
    "SHA-256": ("_hashlib.HASH",),
    "XXH3": ("xxh",),
    "reading": ("readinto", "readall", "posix.read", "preadv", "mmap"),
    "writing the copy": ("'write' of '_io.FileIO'",),
    "fsync": ("posix.fsync",),
    "names": ("posix.", "_io.open", "scandir"),
    "SQL": ("pysqlite3", "sqlalchemy", "sqlmodel"),
    "decoding": ("decod", "jpeg", "pyvips", "_cffi", "zlib", "strips", "bands", "lzw"),
    "pictures": ("resize", "encode", "views", "cvtColor"),
    "quality": ("quality", "warpAffine", "connectedComponents", "Sobel", "Blur", "ink"),
}
"""What a function's name or place must hold to be counted there; the first that fits counts."""
_REST: Final = "everything else"


class Inline(Executor):
    """Runs each task at once, where it is profiled."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - the executor's own interface
        """Run it to its end."""
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def profile(kind: str, count: int) -> None:
    """Print the milliseconds of a page by what they were spent on.

    The profiler slows what consists of many small steps; what is one long call is right.
    """
    profiler = cProfile.Profile(time.process_time)
    with fresh_box(samples()) as appliance:
        code = samples().file_units[0].file_code
        pages = pages_of(kind, count)
        first, last = (
            drop(appliance, [(p, code, f"{base + n:06d}{p.suffix}") for n, p in enumerate(pages)])
            for base in (1, 1 + count)
        )
        take_in(appliance, Inline(), first)  # warm
        profiler.enable()
        take_in(appliance, Inline(), last)
        profiler.disable()
    spent = dict.fromkeys([*_KINDS, _REST], 0.0)
    stats: Any = pstats.Stats(profiler)
    for (path, _line, name), (_calls, _all, seconds, *_rest) in stats.stats.items():
        spent[_kind_of(f"{path} {name}")] += seconds
    print(kind, ", ".join(f"{what} {s / count * 1000:.1f}" for what, s in spent.items()))


def _kind_of(function: str) -> str:
    fits = (what for what, words in _KINDS.items() if any(word in function for word in words))
    return next(fits, _REST)
