"""What several suites look at and is slow to make: once for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.samples.fonds import make_sample_fonds

if TYPE_CHECKING:
    from appliance.samples.values import SampleFonds


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleFonds:
    """The whole sample fonds; tests must leave it as it is."""
    return make_sample_fonds(tmp_path_factory.mktemp("sample"))
