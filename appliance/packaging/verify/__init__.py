"""The verifier of packages; it shares no code with the writer, only digests, codes and fields."""

from __future__ import annotations

from appliance.packaging.verify.entry import verify_new_package, verify_path
from appliance.packaging.verify.options import SignatureCheck

__all__ = ["SignatureCheck", "verify_new_package", "verify_path"]
