"""How often a page asks the catalogue: that does not grow with what the catalogue holds."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from tests.web.test_lists import park_many

if TYPE_CHECKING:
    from collections.abc import Iterator

    from litestar import Litestar
    from litestar.testing import TestClient

    from tests.web.conftest import Archive

MOST_QUERIES = 60
"""The status page asks 33 times for two destinations, each other page less."""

PAGES = (
    "/",
    "/ho-so",
    "/ho-so?tim=1983",
    "/tep",
    "/cho-xu-ly",
    "/cau-hoi",
    "/audit",
    "/places/province",
    "/places/province?trang-thai=proved",
    "/trang/1",
)


@contextmanager
def counted(archive: Archive) -> Iterator[list[str]]:
    """The statements that are asked meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    engine = archive.catalogue.engine
    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def queries(archive: Archive, client: TestClient[Litestar], address: str) -> int:
    """How many statements one page takes."""
    with counted(archive) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize(
    ("address", "table"),
    [("/", "master_walk"), ("/", "sync_halt"), ("/places/province", "sync_halt")],
)
def test_one_judgement_takes_one_look(
    troubled: Archive, client: TestClient[Litestar], address: str, table: str
) -> None:
    """Where the walk over the masters stands, and what stops all sending, is asked once a page."""
    with counted(troubled) as asked:
        assert client.get(address).status_code == 200
    assert len([statement for statement in asked if f"FROM {table}" in statement]) == 1


@pytest.mark.parametrize("address", PAGES)
def test_a_larger_box_is_not_asked_more(
    troubled: Archive, client: TestClient[Litestar], address: str
) -> None:
    """Four parked files and six hồ sơ, or hundreds of them: the same few statements."""
    few = queries(troubled, client, address)
    troubled.register(150, first=6)
    park_many(troubled, 400, first=1_000)
    assert queries(troubled, client, address) <= few + 2
    assert few <= MOST_QUERIES
