"""Names as scanners and people make them: shown so that nothing hides, ordered, and explained."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from appliance.domain.identifiers import nfc, parse_drop_name

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
"""Stands for a byte that is no UTF-8, such as a letter of TCVN3, VNI or Windows-1258."""

_SPACE_SIGN: Final = "\N{SYMBOL FOR SPACE}"
_CONTROL_PICTURES: Final = 0x2400
_DELETE: Final = 0x7F
_MAX_SHOWN_CHARACTERS: Final = 80
_DIGITS: Final = re.compile(r"(\d+)")

NaturalKey = tuple[tuple[str | int, ...], str]
"""What names are sorted by."""


def visible(part: str) -> str:
    """One part of a path as people can read it.

    NFC; spaces at either end, control characters and what has no width are made visible; bytes
    that are no UTF-8 (as ``os.fsdecode`` gives them) become the replacement character.
    """
    text = unicodedata.normalize("NFC", part)
    core = text.strip()
    before = len(text) - len(text.lstrip()) if core else len(text)
    after = len(text) - before - len(core)
    is_plain = core.isprintable()  # most names are: nothing of the kinds below is in them
    shown = core if is_plain else "".join(map(_visible_character, core))
    return f"{_SPACE_SIGN * before}{shown}{_SPACE_SIGN * after}"


def meant(shown: str) -> str:
    """A shown name without the spaces that were made visible at its ends."""
    return nfc(shown.strip(_SPACE_SIGN))


def _visible_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cc":
        code = ord(character)
        picture = _CONTROL_PICTURES + (0x21 if code == _DELETE else code)
        return chr(picture) if code < ord(" ") or code == _DELETE else REPLACEMENT
    if category == "Cs":
        return REPLACEMENT
    return f"⟨U+{ord(character):04X}⟩" if category.startswith(("C", "Zl", "Zp")) else character


def natural_key(name: str) -> NaturalKey:
    """Sorts names as people count: 1, 2, 10, in any script's digits; then by their letters.

    Letters are compared without case and with their marks apart, so that ``ă`` follows ``a``.
    """
    text = unicodedata.normalize("NFD", name).casefold()
    pieces = _DIGITS.split(text)
    return tuple(int(p) if i % 2 else p for i, p in enumerate(pieces)), name


@dataclass(frozen=True, slots=True)
class NameProblem:
    """Why a name is not understood, in both languages."""

    vi: str
    en: str

    def values(self) -> dict[str, str]:
        """As values of a finding."""
        return {"problem": self.vi, "problem_en": self.en}


_NO_EXTENSION: Final = NameProblem("thiếu phần đuôi như .tif", "no ending such as .tif")
NO_NUMBER: Final = NameProblem("không phải là số thứ tự", "it is no number")
"""When nothing more telling is known."""


def name_problem(name: str) -> NameProblem | None:
    """Why a shown name is not ``NNNN.ext``; None when it is."""
    if parse_drop_name(name) is not None:
        return None
    for is_so, problem in _CHARACTERS:
        if is_so.search(name) is not None:
            return problem
    stem, dot, _ending = name.rpartition(".")
    if not dot or not stem:
        return _NO_EXTENSION
    return next((problem for form, problem in _STEMS if form.fullmatch(stem)), NO_NUMBER)


_CHARACTERS: Final = (
    (
        re.compile(REPLACEMENT),
        NameProblem(
            "tên không ghi bằng Unicode (có thể là TCVN3, VNI hoặc bảng mã Windows)",
            "the name is not Unicode (perhaps TCVN3, VNI or a Windows code page)",
        ),
    ),
    (
        re.compile("[\u2400-\u241f\u2421]"),
        NameProblem(
            "tên có ký tự điều khiển hoặc xuống dòng",
            "the name holds a control character or a line break",
        ),
    ),
    (
        re.compile("⟨U\\+[0-9A-F]{4,6}⟩"),
        NameProblem("tên có ký tự không nhìn thấy được", "the name holds an invisible character"),
    ),
    (
        re.compile(rf"^{_SPACE_SIGN}|{_SPACE_SIGN}$|\s\.[A-Za-z0-9]+$"),
        NameProblem("tên có dấu cách ở đầu hoặc cuối", "the name begins or ends with a space"),
    ),
    (
        re.compile(r"(?=\d)[^0-9]"),
        NameProblem(
            "chữ số không phải loại 0–9 thông thường (ví dụ chữ số toàn góc)",
            "its digits are not plain 0–9 (full-width digits, for instance)",
        ),
    ),
)
"""What is wrong with a character of a name, most telling first."""

_STEMS: Final = (
    (re.compile(r"0+"), NameProblem("số thứ tự phải từ 1 trở lên", "numbers begin with 1")),
    (
        re.compile(r"[0-9]{7,}"),
        NameProblem(
            "số thứ tự quá dài (nhiều nhất 6 chữ số)", "the number has more than 6 figures"
        ),
    ),
    (
        re.compile(r"[0-9]{1,6}\s*(\([0-9]+\)|[-_ ]+(copy|sao).*)", re.IGNORECASE),
        NameProblem(
            "giống tên bản sao do máy tính đặt; không rõ là bản quét lại hay trang khác",
            "it looks like a copy named by a computer: a rescan or another page, nobody can tell",
        ),
    ),
    (
        re.compile(r"[0-9]{1,6}[-_. ]*[A-Za-z]+"),
        NameProblem(
            "sau số thứ tự còn chữ; quét lại thì dùng đúng số cũ",
            "letters follow the number; a rescan keeps the very number",
        ),
    ),
)
"""What is wrong with a name before its ending, most telling first."""


def shortened(shown: str) -> str:
    """A name for a sentence: at most 80 characters, the middle of a longer one left out."""
    if len(shown) <= _MAX_SHOWN_CHARACTERS:
        return shown
    half = _MAX_SHOWN_CHARACTERS // 2 - 1
    return f"{shown[:half]}…{shown[-half:]}"
