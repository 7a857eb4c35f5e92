"""Fixtures of the service tests."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.service.making import QuickSite
from tests.service.watching import Watching

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.bootstrap import Appliance


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuickSite]:
    """One site for a module: a box and two storage hosts behind real sshd."""
    if shutil.which("sshd", path="/usr/sbin:/usr/local/sbin") is None:
        pytest.skip("needs a real sshd: apt install openssh-server")
    made = QuickSite(tmp_path_factory.mktemp("site"))
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture
def appliance(site: QuickSite) -> Iterator[Appliance]:
    """The opened box of the site."""
    made = site.opened()
    yield made
    made.close()


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Watching]:
    """A registered hồ sơ and an empty hot folder."""
    made = Watching(tmp_path)
    made.bench.register({"HS-01": 3})
    yield made
    made.close()
