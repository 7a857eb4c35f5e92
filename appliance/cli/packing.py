"""The command that writes another form of a sealed package: ``package``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.opening import opened
from appliance.cli.output import say, say_json
from appliance.pipeline.agents import LOCAL_AGENT
from appliance.pipeline.package_forms import Wanted

if TYPE_CHECKING:
    import argparse


def write_form(arguments: argparse.Namespace) -> int:
    """Write one form of one sealed hồ sơ, verified before it is named."""
    wanted = Wanted(
        arguments.file_code, arguments.profile, arguments.to, arguments.agreement, LOCAL_AGENT
    )
    with opened(arguments) as appliance:
        found = appliance.package_forms().write(wanted)
    if arguments.json:
        facts = {"objid": found.objid, "path": str(found.path), "sha256": found.sha256}
        say_json({**facts, "profile": wanted.form, "size_bytes": found.size_bytes})
        return 0
    say(f"{wanted.file_code}: {wanted.form} verified and written, {found.size_bytes} bytes")
    say(f"  {found.path}")
    say(f"  sha256 {found.sha256}")
    return 0
