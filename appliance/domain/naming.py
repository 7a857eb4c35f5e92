"""File names by a configured template: one template both reads and writes names.

Archives name scans in several ways side by side. A template says which: literal text with named
parts in braces, such as ``{archive}-{fonds}-{inventory}-{unit}-{page}``. ``{page:7}`` stands for
exactly seven figures. What could be read in two ways is refused before the first file comes.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from appliance.domain.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDE_PARTS: Final = frozenset({"archive", "file_code"})
"""Parts that may hold the separators themselves, as agency codes like ``000.01.37.H08`` do."""

NUMBER_PARTS: Final = frozenset({"sheet", "page", "number"})
"""Parts of figures that say which page it is; leading zeros do not count."""

PARTS: Final = WIDE_PARTS | NUMBER_PARTS | {"fonds", "inventory", "unit", "box", "year"}

PAGES_PER_SHEET: Final = 1000
"""Our own: a sheet and a page together are ordered as ``sheet * 1000 + page``; in names that
count sheets (HD 169/2010) the page restarts with each document, whose pages are far fewer."""

_MAX_FIGURES: Final = 6
_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)(?::([1-9]))?\}")
_ENDING: Final = re.compile(r"\.[A-Za-z0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Named:
    """A name, understood.

    Args:
        file_code: As the name or its parts make it.
        number: Orders the files of the hồ sơ, 1-based.
    """

    file_code: str
    number: int


@dataclass(frozen=True, slots=True)
class Template:
    """A template taken apart: literal, part, literal, part, ..., literal.

    Args:
        text: As configured.
        literals: One more than parts.
        parts: Names of parts in their order.
        figures: For each part, of how many figures exactly; 0 = any.
    """

    text: str
    literals: tuple[str, ...]
    parts: tuple[str, ...]
    figures: tuple[int, ...]

    def format(self, values: Mapping[str, str]) -> str:
        """The text for these parts.

        Raises:
            KeyError: A part is missing.
        """
        pieces = [self.literals[0]]
        for part, figures, literal in zip(self.parts, self.figures, self.literals[1:], strict=True):
            pieces += [values[part].zfill(figures), literal]
        return "".join(pieces)


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A name template with its file code template, ready to read names."""

    name: Template
    code: Template | None
    expression: re.Pattern[str]

    def read(self, name: str) -> Named | None:
        """Read a name with its ending; None when it does not follow the template."""
        text = unicodedata.normalize("NFC", name)
        stem, dot, ending = text.rpartition(".")
        match = self.expression.fullmatch(stem)
        if match is None or _ENDING.fullmatch(dot + ending) is None:
            return None
        values = match.groupdict()
        number = _number_of(values)
        if number is None:
            return None
        code = values["file_code"] if self.code is None else self.code.format(values)
        return Named(code, number)

    def write(self, values: Mapping[str, str], ending: str = "tif") -> str:
        """The name that ``read`` reads back as these parts."""
        return f"{self.name.format(values)}.{ending}"


def _number_of(values: Mapping[str, str]) -> int | None:
    """The number that orders files; None when a part is 0 or too large."""
    if "sheet" not in values:
        number = int(values.get("page") or values.get("number") or "0")
        return number or None
    sheet, page = int(values["sheet"]), int(values["page"])
    if sheet == 0 or not 0 < page < PAGES_PER_SHEET:
        return None
    return sheet * PAGES_PER_SHEET + page


@lru_cache(maxsize=64)
def name_pattern(name_template: str, file_code_template: str = "") -> NamePattern:
    """Read a pair of templates.

    Raises:
        ConfigError: They cannot say which hồ sơ and number a name means, or could say so in
            two ways; the message says why.
    """
    name = _taken_apart(name_template)
    code = _taken_apart(file_code_template) if file_code_template else None
    _check_number(name)
    _check_code(name, code)
    _check_one_reading(name)
    return NamePattern(name, code, _expression(name))


def _taken_apart(text: str) -> Template:
    pieces = _PLACEHOLDER.split(unicodedata.normalize("NFC", text))
    literals, parts = tuple(pieces[0::3]), tuple(pieces[1::3])
    figures = tuple(int(piece or 0) for piece in pieces[2::3])
    if any(sign in literal for literal in literals for sign in "{}"):
        raise _refused(text, "braces hold the name of one part each")
    unknown = sorted(set(parts) - PARTS)
    if unknown:
        raise _refused(text, f"no part {unknown[0]!r}; known: {', '.join(sorted(PARTS))}")
    if len(set(parts)) != len(parts):
        raise _refused(text, "a part stands in it twice")
    widths = [f for part, f in zip(parts, figures, strict=True) if part not in NUMBER_PARTS]
    if any(widths):
        raise _refused(text, "only sheet, page and number have a count of figures")
    return Template(text, literals, parts, figures)


def _check_number(name: Template) -> None:
    if any("/" in literal for literal in name.literals):
        raise _refused(name.text, "a name holds no slash")
    found = NUMBER_PARTS & set(name.parts)
    if found not in ({"number"}, {"page"}, {"sheet", "page"}):
        raise _refused(name.text, "it needs {number}, or {page}, or {sheet} and {page}")
    if found == {"sheet", "page"} and name.parts.index("sheet") > name.parts.index("page"):
        raise _refused(name.text, "{sheet} stands before {page}")


def _check_code(name: Template, code: Template | None) -> None:
    if code is None:
        if "file_code" not in name.parts:
            raise _refused(name.text, "without {file_code} it needs a file_code_template")
        return
    missing = sorted(set(code.parts) - (set(name.parts) - NUMBER_PARTS))
    if missing or not code.parts:
        raise _refused(code.text, f"the name has no part {missing}: a file code needs its parts")


def _check_one_reading(name: Template) -> None:
    """Between two parts stands a separator that neither can hold, but for one wide part."""
    if any(not _separators(literal) for literal in name.literals[1:-1]):
        raise _refused(name.text, "between two parts stands a sign that is no letter or digit")
    wide = sorted(WIDE_PARTS & set(name.parts))
    if len(wide) > 1:
        raise _refused(name.text, "archive and file_code may hold separators: one of the two")


def _expression(name: Template) -> re.Pattern[str]:
    signs = "".join(sorted({sign for literal in name.literals for sign in _separators(literal)}))
    narrow = f"[^{re.escape(signs)}]+" if signs else ".+"
    pieces = [re.escape(name.literals[0])]
    for part, figures, literal in zip(name.parts, name.figures, name.literals[1:], strict=True):
        if part in NUMBER_PARTS:
            shape = f"[0-9]{{{figures}}}" if figures else f"[0-9]{{1,{_MAX_FIGURES}}}"
        else:
            shape = {"year": "[0-9]{4}"}.get(part, ".+" if part in WIDE_PARTS else narrow)
        pieces += [f"(?P<{part}>{shape})", re.escape(literal)]
    return re.compile("".join(pieces))


def _separators(literal: str) -> set[str]:
    return {sign for sign in literal if not sign.isalnum()}


def _refused(text: str, reason: str) -> ConfigError:
    return ConfigError(f"the name template {text!r} cannot be used: {reason}", code="NAME-TEMPLATE")
