"""Standing conditions of a part: the page shows what holds now, no more and no less."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from appliance.catalogue import box

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from appliance.catalogue.engine import Catalogue
    from appliance.domain.findings import Finding

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

    def show(self, findings: Iterable[Finding]) -> None:
        """Put up what is new, take down what has passed."""
        seen = {(finding.code, finding.where): finding for finding in findings}
        standing = self._standing()
        if seen.keys() == standing:
            return
        with self._catalogue.write() as writing:
            for code, where in standing - seen.keys():
                box.clear_notice(writing, code, where)
            for key in seen.keys() - standing:
                box.put_notice(writing, seen[key])

    def _standing(self) -> frozenset[_Key]:
        with self._catalogue.read() as session:
            standing = box.notices(session)
        return frozenset((one.code, one.where) for one, _ in standing if self._is_own(one.where))
