"""The writer of packages: recorded facts in, one deterministic ZIP out."""

from __future__ import annotations

from appliance.packaging.write.names import pdf_name
from appliance.packaging.write.package import write_package

__all__ = ["pdf_name", "write_package"]
