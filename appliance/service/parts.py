"""The names of the service's parts."""

from __future__ import annotations

from typing import Final

PARTS: Final = ("watch", "inspect", "assemble", "derive", "seal", "sync", "audit", "web")
"""Every part; each may run as a process of its own."""
