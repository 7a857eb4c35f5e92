"""Standing conditions of a part: the page shows what holds now, no more and no less."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from appliance.catalogue import box

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.catalogue.engine import Catalogue
    from appliance.domain.findings import Finding

_Key: TypeAlias = "tuple[str, str]"
"""Code and place of a notice."""


class Notices:
    """What one part has put up.

    Args:
        catalogue: Where notices are put up.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._standing: dict[_Key, Finding] = {}

    def show(self, findings: Iterable[Finding]) -> None:
        """Put up what is new, take down what has passed."""
        seen = {(finding.code, finding.where): finding for finding in findings}
        if seen.keys() == self._standing.keys():
            return
        with self._catalogue.write() as writing:
            for code, where in self._standing.keys() - seen.keys():
                box.clear_notice(writing, code, where)
            for key in seen.keys() - self._standing.keys():
                box.put_notice(writing, seen[key])
        self._standing = seen
