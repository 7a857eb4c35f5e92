"""Rules of a sealed package, as ``appliance verify`` names them."""

from __future__ import annotations

from typing import Final

from appliance.domain.rules import package_container, package_content, package_metadata

RULES: Final = (*package_container.RULES, *package_metadata.RULES, *package_content.RULES)
