"""Fixtures of the service tests."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.service.making import QuickSite

if TYPE_CHECKING:
    from collections.abc import Iterator

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
