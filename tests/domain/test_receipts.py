"""The two signed papers: canonical, exact, and nothing else is taken for one."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.canonical import canonical_json
from appliance.domain.receipts import Attestor, Proof, Receipt, Sidecar

SIDECAR = Sidecar(
    objid="urn:uuid:0A1B2C3D-0000-4000-8000-00000000ABCD",
    file_code="PL.1976-01 “Đất đai”",
    fonds_code="P01",
    version=1,
    name="urn_uuid_0A1B2C3D-0000-4000-8000-00000000ABCD.zip",
    size_bytes=2**40,
    sha256="ab" * 32,
    block_bytes=1024,
    blocks=("cd" * 16, "ef" * 16),
    sealed_at="2026-03-02T08:00:00.000000Z",
    box_id="box-01",
    event_counter=12,
    event_head="01" * 32,
)
RECEIPT = Receipt(
    objid=SIDECAR.objid,
    name=SIDECAR.name,
    size_bytes=SIDECAR.size_bytes,
    sha256=SIDECAR.sha256,
    proof=Proof.READ_BACK.value,
    attestor=Attestor.FAR_SIDE.value,
    cache_possible=False,
    read_at="2026-03-02T08:05:00.000000Z",
    store_id="province",
    counter=1,
    previous="0" * 64,
    box_id="box-01",
    event_counter=12,
    event_head="01" * 32,
)
PAPERS = [pytest.param(SIDECAR, id="sidecar"), pytest.param(RECEIPT, id="receipt")]
EVERY_KEY = [
    pytest.param(paper, part.name, id=f"{type(paper).__name__}-{part.name}")
    for paper in (SIDECAR, RECEIPT)
    for part in fields(paper)
]
Paper = Sidecar | Receipt


def _values(paper: Paper) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(paper.to_bytes())
    return values


def _refused(kind: type[Paper], data: bytes) -> bool:
    with pytest.raises(ValueError, match=r"."):
        kind.from_bytes(data)
    return True


@pytest.mark.parametrize("paper", PAPERS)
def test_bytes_come_back_as_the_paper(paper: Paper) -> None:
    """Reading what was written gives the same paper, and writing it the same bytes."""
    data = paper.to_bytes()
    again = type(paper).from_bytes(data)
    assert again == paper
    assert again.to_bytes() == data
    assert data.endswith(b"}\n")
    assert data.count(b"\n") == 1


@given(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.integers(0, 2**80),
    st.lists(st.text("0f", max_size=4)),
)
def test_any_values_come_back(text: str, number: int, blocks: list[str]) -> None:
    """Whatever texts and numbers a paper carries."""
    paper = replace(SIDECAR, file_code=text, size_bytes=number, blocks=tuple(blocks))
    assert Sidecar.from_bytes(paper.to_bytes()) == paper


@pytest.mark.parametrize(("paper", "key"), EVERY_KEY)
@pytest.mark.parametrize("value", [None, 1.5, True, 7, "7", [], ["a"], [1], [1.5], {}, {"a": 1}])
def test_a_value_of_another_type_is_refused(paper: Paper, key: str, value: object) -> None:
    """Every key holds its own type and no other; a bool is no number, a list holds texts."""
    wanted = _values(paper)
    allowed = list if isinstance(wanted[key], list) else type(wanted[key])
    fits = type(value) is allowed and not (isinstance(value, list) and value not in ([], ["a"]))
    if fits and key != "format":
        return
    data = json.dumps(
        {**wanted, key: value}, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    assert _refused(type(paper), data.encode() + b"\n")


@pytest.mark.parametrize(("paper", "key"), EVERY_KEY)
def test_a_missing_key_is_refused(paper: Paper, key: str) -> None:
    """No key has a default when a paper is read."""
    values = _values(paper)
    del values[key]
    assert _refused(type(paper), canonical_json(values) + b"\n")


@pytest.mark.parametrize("paper", PAPERS)
def test_a_foreign_key_is_refused(paper: Paper) -> None:
    """What is signed is understood in full."""
    assert _refused(type(paper), canonical_json({**_values(paper), "note": "x"}) + b"\n")


@pytest.mark.parametrize("paper", PAPERS)
def test_another_way_of_writing_is_refused(paper: Paper) -> None:
    """One paper has one byte form: other spaces, order, escapes or encodings are not it."""
    data, values = paper.to_bytes(), _values(paper)
    reverse = dict(sorted(values.items(), reverse=True))
    others = [
        data[:-1],
        data + b"\n",
        b" " + data,
        data.replace(b'","', b'", "', 1),
        data.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + data,
        data.decode().encode("utf-16"),
        json.dumps(values, indent=1, sort_keys=True).encode() + b"\n",
        json.dumps(reverse, ensure_ascii=False, separators=(",", ":")).encode() + b"\n",
        data.replace(b'"box-01"', b'"\\u0062ox-01"'),
        data.replace(b"{", b'{"box_id":"box-02",', 1),  # the same key twice
    ]
    for other in others:
        assert other != data
        assert _refused(type(paper), other)


@pytest.mark.parametrize("kind", [Sidecar, Receipt])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe\x00",
        b"null\n",
        b"[]\n",
        b'"text"\n',
        b"{}\n",
        b'{"format":"archive-appliance-receipt/2"}\n',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a":' + b"9" * 10_000 + b"}",
        b'{"a":NaN}',
    ],
)
def test_other_bytes_are_refused(kind: type[Paper], data: bytes) -> None:
    """Whatever a far side sends, a ``ValueError`` says that it is no paper."""
    assert _refused(kind, data)


def test_half_a_letter_is_refused() -> None:
    """A lone surrogate has no UTF-8 form, so nobody can have signed it."""
    data = RECEIPT.to_bytes().replace(b'"province"', b'"\\ud800"')
    assert _refused(Receipt, data)


def test_the_papers_are_not_taken_for_each_other() -> None:
    """A sidecar is no receipt, whatever its signature says."""
    assert _refused(Receipt, SIDECAR.to_bytes())
    assert _refused(Sidecar, RECEIPT.to_bytes())
