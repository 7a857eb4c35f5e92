"""The pages of a hồ sơ; how each goes into a PDF is read from the catalogue when it is asked."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Final

from appliance.catalogue.sealing import derivations_of
from appliance.domain.errors import IntegrityError
from appliance.imaging.page_derivative import PageDerivative

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.catalogue.engine import Catalogue
    from appliance.catalogue.sealing import PageToSeal
    from appliance.domain.documents import PageRange

_BATCH: Final = 200
"""Our own: so many derivations are in memory at once; one takes some kilobytes."""


class RecordedPages:
    """The pages of a hồ sơ.

    Args:
        catalogue: Where their derivations are recorded.
        pages: By number.
    """

    def __init__(self, catalogue: Catalogue, pages: tuple[PageToSeal, ...]) -> None:
        self.pages = pages
        self._catalogue = catalogue
        self._batch: tuple[range, tuple[PageDerivative, ...]] = (range(0), ())

    def in_range(self, pages: PageRange) -> Iterator[PageToSeal]:
        """The pages of a range, in order."""
        return islice(self.pages, pages.first - 1, pages.last)

    def derived(self, pages: PageRange) -> Iterator[tuple[PageToSeal, PageDerivative]]:
        """The pages of a range with their derivatives, a batch at a time.

        Raises:
            IntegrityError: A record is missing or cannot be read.
        """
        for start in range(pages.first - 1, pages.last, _BATCH):
            batch = range(start, min(start + _BATCH, pages.last))
            derivatives = self._derivatives(batch)
            yield from zip(self.pages[batch.start : batch.stop], derivatives, strict=True)

    def _derivatives(self, batch: range) -> tuple[PageDerivative, ...]:
        """Those read last are kept: a short PDF is planned, written and checked with them."""
        if self._batch[0] != batch:
            pages = self.pages[batch.start : batch.stop]
            with self._catalogue.read() as session:
                texts = derivations_of(session, [page.id for page in pages])
            found = tuple(_derivative(page, texts.get(page.id, "")) for page in pages)
            self._batch = (batch, found)
        return self._batch[1]


def _derivative(page: PageToSeal, text: str) -> PageDerivative:
    try:
        return PageDerivative.from_json(json.loads(text))
    except ValueError as problem:
        raise IntegrityError(f"page {page.id} has no readable derivation: {problem}") from problem
