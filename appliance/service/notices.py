"""Standing conditions of a part: the page shows what holds now, no more and no less."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from appliance.catalogue import box

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from appliance.catalogue.engine import Catalogue
    from appliance.domain.findings import Finding

_RENEW_SECONDS: Final = 60.0
"""Our own: between two writes of figures alone; minutes and free bytes change all the time."""
_Key: TypeAlias = "tuple[str, str]"
"""Code and place of a notice."""


class Notices:
    """What one part puts up, held against the catalogue each time: that is what people see.

    Args:
        catalogue: Where notices are put up.
        is_own: Whether a notice about this place is this part's, an earlier process's included.
    """

    def __init__(self, catalogue: Catalogue, is_own: Callable[[str], bool]) -> None:
        self._catalogue = catalogue
        self._is_own = is_own
        self._renew_at = 0.0

    def show(self, findings: Iterable[Finding]) -> None:
        """Put up what is new, take down what has passed, renew the figures now and then."""
        seen = {(finding.code, finding.where): finding for finding in findings}
        standing = self._standing()
        now = self._catalogue.clock.monotonic()
        is_due = now >= self._renew_at
        if seen == standing or (seen.keys() == standing.keys() and not is_due):
            return
        self._renew_at = now + _RENEW_SECONDS
        with self._catalogue.write() as writing:
            for code, where in standing.keys() - seen.keys():
                box.clear_notice(writing, code, where)
            for key, finding in seen.items():
                if standing.get(key) != finding:
                    box.put_notice(writing, finding)

    def _standing(self) -> Mapping[_Key, Finding]:
        with self._catalogue.read() as session:
            standing = box.notices(session)
        return {(one.code, one.where): one for one, _ in standing if self._is_own(one.where)}
