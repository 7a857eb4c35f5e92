"""The offices whose papers the samples show, and how their letters are made up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.samples.letters import Letter, Letterhead, Table
from appliance.samples.wording import (
    PROVINCE,
    RENEWAL,
    REPUBLIC,
    Wording,
    filled,
    invented_name,
    pick,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import numpy as np

_NATION: Final = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")

BINH_THUAN_BEFORE_1975: Final = Letterhead(
    organ="Tòa Hành chánh tỉnh Bình Thuận",
    left=("VIỆT-NAM CỘNG-HÒA", "TỈNH BÌNH-THUẬN", "TÒA HÀNH-CHÁNH"),
    right=("",),
    place="Phan-Thiết",
    signing=("TỈNH-TRƯỞNG",),
    seal="TÒA HÀNH-CHÁNH TỈNH BÌNH-THUẬN",
    country_spelling=True,
)
THUAN_HAI: Final = Letterhead(
    organ="Ủy ban nhân dân tỉnh Thuận Hải",
    left=("ỦY BAN NHÂN DÂN", "TỈNH THUẬN HẢI"),
    right=_NATION,
    place="Phan Thiết",
    signing=("TM. ỦY BAN NHÂN DÂN TỈNH", "CHỦ TỊCH"),
    seal="ỦY BAN NHÂN DÂN TỈNH THUẬN HẢI",
)
BINH_THUAN: Final = Letterhead(
    organ="Ủy ban nhân dân tỉnh Bình Thuận",
    left=("ỦY BAN NHÂN DÂN", "TỈNH BÌNH THUẬN"),
    right=_NATION,
    place="Phan Thiết",
    signing=("TM. ỦY BAN NHÂN DÂN TỈNH", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"),
    seal="ỦY BAN NHÂN DÂN TỈNH BÌNH THUẬN",
)

_FIRST_YEAR_OF_DEPARTMENTS: Final = 1985
_TITLES: Final = {"02": "QUYẾT ĐỊNH", "10": "KẾ HOẠCH", "14": "BÁO CÁO", "15": "TỜ TRÌNH"}
_NOTATIONS: Final = {"02": "QĐ/UB", "10": "KH/UB", "14": "BC/UB", "15": "TT/UB", "22": "UB-NN"}
_OLD_NOTATIONS: Final = {"02": "NĐ/HC", "14": "PT/HC", "15": "TT/HC", "22": "BT/HC/4"}


def compose(
    head: Letterhead,
    type_code: str,
    subject: str,
    issued: dt.date,
    random: np.random.Generator,
    *,
    paragraphs: int = 3,
    table: Table | None = None,
) -> Letter:
    """Make up a letter of an office.

    Args:
        head: The office.
        type_code: Of ``codes.TYPE_NAME``; those of ``_NOTATIONS`` look right.
        subject: What it is about.
        issued: Its date.
        random: The source of everything invented.
        paragraphs: How many between the first and the last.
        table: A table after them.
    """
    wording = _wording(head, issued)
    notations = _OLD_NOTATIONS if head.country_spelling else _NOTATIONS
    title = _TITLES.get(type_code)
    return Letter(
        head=head,
        type_code=type_code,
        number=str(int(random.integers(40, 2400))),
        notation=notations[type_code],
        issued=issued,
        title=(title, subject) if title else (f"V/v {subject[0].lower()}{subject[1:]}",),
        subject=subject,
        addressee="" if type_code == "02" else _addressee(head, wording, random),
        body=_body(wording, type_code, issued, paragraphs, random),
        receivers=_receivers(wording, random),
        signer=invented_name(random),
        table=table,
    )


def _wording(head: Letterhead, issued: dt.date) -> Wording:
    if head.country_spelling:
        return REPUBLIC
    return RENEWAL if issued.year >= _FIRST_YEAR_OF_DEPARTMENTS else PROVINCE


def _addressee(head: Letterhead, wording: Wording, random: np.random.Generator) -> str:
    if head.country_spelling:
        return f"Ông Quận-Trưởng quận {pick(random, wording.districts)}"
    return f"{pick(random, wording.offices)} và Ủy ban nhân dân các huyện, thị xã"


def _body(
    wording: Wording, type_code: str, issued: dt.date, paragraphs: int, random: np.random.Generator
) -> tuple[str, ...]:
    opening = pick(random, wording.opening)
    order = random.permutation(len(wording.middle)).tolist()
    middle = [wording.middle[order[index % len(order)]] for index in range(paragraphs)]
    ending = pick(random, wording.ending)
    marks = _marks(type_code, paragraphs)
    texts = [filled(text, wording, issued, random) for text in (opening, *middle, ending)]
    return tuple(f"{mark}{text}" for mark, text in zip(marks, texts, strict=True))


def _marks(type_code: str, paragraphs: int) -> tuple[str, ...]:
    """What begins each paragraph: articles in a decision, numbers elsewhere."""
    if type_code == "02":
        return ("", *(f"Điều {number}. " for number in range(1, paragraphs + 2)))
    return ("", *(f"{number}. " for number in range(1, paragraphs + 1)), "")


def _receivers(wording: Wording, random: np.random.Generator) -> tuple[str, ...]:
    chosen: Sequence[int] = random.permutation(len(wording.offices))[:2].tolist()
    return (*(wording.offices[index] for index in chosen), "Như trên", "Lưu VP")


def harvest_table(wording: Wording, random: np.random.Generator, rows: int = 8) -> Table:
    """A table of areas and yields by district or commune, with a plausible number in each cell."""
    places = (*wording.districts, *wording.communes)[:rows]
    body = []
    for number, place in enumerate(places, start=1):
        hectares, quintals = int(random.integers(180, 5200)), int(random.integers(18, 46))
        tons = f"{hectares * quintals // 10:,}".replace(",", ".")
        body.append((str(number), place, f"{hectares:,}".replace(",", "."), str(quintals), tons))
    heads = ("STT", "Địa phương", "Diện tích", "Tạ/ha", "Sản lượng")
    return Table(heads, tuple(body), (0.1, 0.32, 0.2, 0.15, 0.23))
