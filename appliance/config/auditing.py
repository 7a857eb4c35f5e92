"""Settings of audits, and when they are as the domain takes it."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.config.sending import zone_named
from appliance.domain.audits import AuditPlan
from appliance.domain.errors import ConfigError

if TYPE_CHECKING:
    from appliance.config.settings import Settings

_TIME: Final = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """``[audit]``: when copies are read again, at every place.

    Args:
        start: Local time at which a night's slice begins, of ``sync.time_zone``.
        budget_minutes: How long a slice may work, at each place.
        every_days: No proof should be older; copies are read again from half of it on.
        scrub_days: Between two looks at a copy, of which cheap comparisons are enough.
        fetch_mib: What a night may download from each place whose copies are proved by that.
    """

    start: str = "22:00"
    budget_minutes: int = 240
    every_days: int = 90
    scrub_days: int = 30
    fetch_mib: int = 4096


def audit_plan(settings: Settings) -> AuditPlan:
    """When audits work.

    Raises:
        ConfigError: A text is no time of day, or no time zone.
    """
    audit = settings.audit
    if _TIME.fullmatch(audit.start) is None:
        raise ConfigError(f"audit.start {audit.start!r}: a time of day, such as '22:00'")
    return AuditPlan(
        start=dt.time.fromisoformat(audit.start),
        budget_seconds=audit.budget_minutes * 60,
        every_days=audit.every_days,
        scrub_days=audit.scrub_days,
        fetch_bytes=audit.fetch_mib * _MIB,
        zone=zone_named(settings.sync.time_zone),
    )
