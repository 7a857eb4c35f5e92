"""Pages that may be one page: the same bytes, or pictures that look alike. A person is asked.

Each question says in ``about`` what else it depends on than the page it names: an answer holds for
that and no more.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from appliance.domain.page_hash import page_hash_distance
from appliance.domain.pages_seen import about_page
from appliance.domain.policy import ALIKE_PERMILLE, ALIKE_REACH_PAGES, ALIKE_RUN_PAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from appliance.domain.findings import Finding
    from appliance.domain.pages_seen import Elsewhere, PageSeen, UnitSeen


class _Alike(NamedTuple):
    """A page and the one among the pages before it that it looks like most."""

    position: int
    page: PageSeen
    other: PageSeen
    distance: int


def twin_findings(unit: UnitSeen, pages: Sequence[PageSeen]) -> tuple[Finding, ...]:
    """Equal bytes anywhere, alike pictures among neighbours; blank pages are alike by nature.

    Pages of a printed form are as alike as two scans of one page: a long run of them is one
    question, with the two pictures that are the most alike.

    Args:
        unit: The hồ sơ.
        pages: All its live pages, by their numbers.
    """
    first: dict[tuple[str, int], PageSeen] = {}
    same: list[Finding] = []
    alike: list[_Alike] = []
    for index, page in enumerate(pages):
        if not page.page_hash:
            continue
        twin = first.setdefault((page.sha256, page.frame), page)
        if twin is not page:
            same.append(_twin("PAGES-SAME-BYTES", unit, page, twin))
        else:
            alike += _alike(index, pages)
    asked = [finding for run in _runs(alike) for finding in _asked_of(run, unit, pages)]
    return tuple(sorted((*same, *asked), key=_page_number))


def _page_number(finding: Finding) -> int:
    return int(str(finding.values["page"]))


def _twin(code: str, unit: UnitSeen, page: PageSeen, other: PageSeen, **more: str | int) -> Finding:
    values: dict[str, str | int] = {
        "other": other.number,
        "other_master_id": other.master_id,
        "other_frame": other.frame,
        "about": f"{other.master_id}.{other.frame}",
    }
    return about_page(code, unit, page, **(values | more))


def _alike(index: int, pages: Sequence[PageSeen]) -> list[_Alike]:
    """A page with its nearest likeness among the pages before it; empty when it has none."""
    page = pages[index]
    near = [
        _Alike(index, page, other, page_hash_distance(page.page_hash, other.page_hash))
        for other in pages[max(index - ALIKE_REACH_PAGES, 0) : index]
    ]
    near = [one for one in near if one.distance <= ALIKE_PERMILLE]
    return [min(near, key=_closeness)] if near else []


def _closeness(pair: _Alike) -> int:
    return pair.distance


def _runs(alike: Sequence[_Alike]) -> Iterator[list[_Alike]]:
    """Pages that look like others, those that follow each other together."""
    run: list[_Alike] = []
    for one in alike:
        if run and one.position - run[-1].position > ALIKE_REACH_PAGES:
            yield run
            run = []
        run.append(one)
    if run:
        yield run


def _asked_of(
    run: Sequence[_Alike], unit: UnitSeen, pages: Sequence[PageSeen]
) -> Iterator[Finding]:
    """A few pairs are a question each; a long run is one, and anew when any page of it changes."""
    if len(run) < ALIKE_RUN_PAGES:
        for one in run:
            yield _twin("PAGES-ALIKE", unit, one.page, one.other)
        return
    closest = min(run, key=_closeness)
    first = min(one.other.number for one in run)
    members = pages[first - 1 : run[-1].position + 1]
    yield _twin(
        "PAGES-ALIKE-RUN",
        unit,
        closest.page,
        closest.other,
        first=first,
        last=run[-1].page.number,
        about=_in_short(f"{one.master_id}.{one.frame}" for one in members),
    )


def pages_of_other_units(unit: UnitSeen, pages: Sequence[PageSeen]) -> Iterator[Finding]:
    """Files that came for another hồ sơ before: one question for each such hồ sơ.

    Two scans never have the same bytes, so somebody copied a file; blank pages alone may be alike.

    Args:
        unit: The hồ sơ.
        pages: All its live pages, by their numbers.
    """
    found: dict[str, list[tuple[PageSeen, Elsewhere]]] = {}
    for page in pages:
        if page.elsewhere is not None and page.page_hash and page.frame == 1:
            found.setdefault(page.elsewhere.file_code, []).append((page, page.elsewhere))
    for file_code, some in found.items():
        page, other = some[0]
        about = _in_short(f"{one.master_id}={there.master_id}" for one, there in some)
        named = {"other": other.number, "other_master_id": other.master_id, "other_frame": 1}
        known = {"other_code": file_code, "about": about}
        code = "PAGES-OF-ANOTHER-UNIT"
        yield about_page(code, unit, page, **named, **known, count=len(some))


def _in_short(names: Iterable[str]) -> str:
    """What a question about many pages depends on, as short as for one."""
    return sha256(" ".join(names).encode("ascii")).hexdigest()
