"""Rules of a sealed package, as ``appliance verify`` names them."""

from __future__ import annotations

from typing import Final

from appliance.domain.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = ()
