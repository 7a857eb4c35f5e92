"""How the screens speak: Vietnamese texts as they stand in the code, English by a table.

A text of the screens is written in Vietnamese where it is used; ``translations/en.json`` gives
its English. Sentences of rules and of the verdict carry both languages themselves.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from appliance.domain import rules, verdict
from appliance.domain.clock import from_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.domain.findings import Finding

VIETNAM: Final = dt.timezone(dt.timedelta(hours=7))
"""Asia/Ho_Chi_Minh: no summer time since 1975, so the offset is the whole rule."""

LANGUAGE_CODES: Final = ("vi", "en")

_UNITS: Final = ("kB", "MB", "GB", "TB")
_NO_BREAK: Final = "\u00a0"
"""Keeps a number and its unit on one line."""
_MINUTE_SECONDS: Final = 60
_HOUR_SECONDS: Final = 3600
_DAY_SECONDS: Final = 24 * 3600


def marked(text: str) -> str:
    """Mark a Vietnamese text that is said later, so that its translation can be demanded."""
    return text


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the screens.

    Args:
        code: ``vi`` or ``en``.
        translations: Texts by their Vietnamese form; empty for Vietnamese itself.
    """

    code: str
    translations: Mapping[str, str]

    def say(self, text: str, **values: object) -> str:
        """A text of the screens, with the values it names in braces; numbers are grouped."""
        worded = {name: self._worded(value) for name, value in values.items()}
        return self.translations.get(text, text).format_map(worded)

    def number(self, value: int) -> str:
        """A whole number with its thousands set apart: ``10.234``, in English ``10,234``."""
        grouped = f"{value:,}"
        return grouped if self.code == "en" else grouped.replace(",", ".")

    def size(self, size_bytes: int) -> str:
        """A size in decimal units with one decimal place, such as ``12,3 MB``, never wrapped."""
        if size_bytes < 1000:  # noqa: PLR2004 - the first decimal unit
            return f"{size_bytes}{_NO_BREAK}byte"
        amount, unit = float(size_bytes), "byte"
        for larger in _UNITS:
            if amount < 1000:  # noqa: PLR2004 - the next decimal unit
                break
            amount, unit = amount / 1000, larger
        return self._decimal(f"{amount:.1f}{_NO_BREAK}{unit}")

    def permille(self, value: int) -> str:
        """Thousandths as a percentage with one decimal place, such as ``12,3%``."""
        return self._decimal(f"{value / 10:.1f}%")

    def hundredths(self, value: int) -> str:
        """A whole number of hundredths with its two decimal places, such as ``-1,25``."""
        return self._decimal(f"{value / 100:.2f}")

    def _decimal(self, text: str) -> str:
        return text if self.code == "en" else text.replace(".", ",")

    def moment(self, text: str) -> str:
        """A moment of the catalogue in local time: ``22/11/2026 20:13:01``."""
        return f"{from_text(text).astimezone(VIETNAM):%d/%m/%Y %H:%M:%S}"

    def moment_to_minute(self, text: str) -> str:
        """The same without seconds, for what is only reckoned: ``22/11/2026 20:13``."""
        return f"{from_text(text).astimezone(VIETNAM):%d/%m/%Y %H:%M}"

    def moment_or_text(self, text: str) -> str:
        """A moment that another machine wrote; as it stands when it is none."""
        try:
            return self.moment(text)
        except ValueError:
            return text

    def rate(self, bytes_per_second: int | None) -> str:
        """A bound on a speed in words."""
        if bytes_per_second is None:
            return self.say("không giới hạn")
        return self.say("{size} mỗi giây", size=self.size(bytes_per_second))

    def ago(self, text: str, now: str) -> str:
        """How long before ``now`` a moment was, rounded down to its largest unit."""
        seconds = int((from_text(now) - from_text(text)).total_seconds())
        if seconds < 1:
            return self.say("vừa xong")
        if seconds < _MINUTE_SECONDS:
            return self.say("{count} giây trước", count=seconds)
        if seconds < _HOUR_SECONDS:
            return self.say("{count} phút trước", count=seconds // _MINUTE_SECONDS)
        if seconds < _DAY_SECONDS:
            return self.say("{count} giờ trước", count=seconds // _HOUR_SECONDS)
        return self.say("{count} ngày trước", count=seconds // _DAY_SECONDS)

    def statement(self, statement: verdict.Statement) -> str:
        """The sentence of a judged line, its numbers grouped."""
        values = {name: self._worded(value) for name, value in statement.values.items()}
        return verdict.words(replace(statement, values=values), self.code)

    def level(self, level: verdict.Level) -> str:
        """The state word of a level."""
        return verdict.LEVEL_WORDS[level][LANGUAGE_CODES.index(self.code)]

    def finding(self, finding: Finding) -> str:
        """What happened."""
        if finding.code not in rules.RULES:
            return self.say("Lý do mang mã {code}, bản phần mềm này chưa biết.", code=finding.code)
        return rules.sentence(finding, self.code)

    def todo(self, finding: Finding) -> str:
        """What to do about it."""
        if finding.code not in rules.RULES:
            return self.say("Báo kỹ thuật viên mã này.")
        return rules.todo(finding, self.code)

    def _worded(self, value: object) -> str:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        return self.number(value) if is_number else str(value)  # type: ignore[arg-type]  # checked


@cache
def language_named(code: str | None) -> Language:
    """The language of a code; Vietnamese for any that the screens do not speak."""
    if code != "en":
        return Language("vi", {})
    path = resources.files("appliance.web") / "translations" / "en.json"
    return Language("en", json.loads(path.read_text("utf-8")))
