"""Answers of a Python that pickles members of enums in a way of its own."""

from __future__ import annotations

import io
import pickle
from dataclasses import dataclass

import pytest

from appliance.domain.states import MasterState
from appliance.workers.answers import CautiousReader


@dataclass(frozen=True)
class Named:
    """Pickled as the look-up of a name, as Python 3.11.2 of Debian 12 pickles a member."""

    owner: object
    name: str

    def __reduce__(self) -> tuple[object, tuple[object, str]]:
        """``Enum.__reduce_ex__`` of Python 3.11.0 to 3.11.3."""
        return getattr, (self.owner, self.name)


def read(answer: object) -> object:
    """What a parent makes of a child's answer."""
    return CautiousReader(io.BytesIO(pickle.dumps(answer))).load()


def test_a_member_is_read_by_its_name() -> None:
    """Otherwise no page is ever inspected on Debian 12."""
    assert read(Named(MasterState, "PARKED")) is MasterState.PARKED


@pytest.mark.parametrize(
    ("owner", "name"),
    [(MasterState, "__class__"), (MasterState, "mro"), ("text", "format"), (dict, "fromkeys")],
)
def test_nothing_else_is_read_by_a_name(owner: object, name: str) -> None:
    """The look-up finds members and nothing that could be called."""
    with pytest.raises(pickle.UnpicklingError):
        read(Named(owner, name))
