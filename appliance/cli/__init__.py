"""The command line: one function per command, one place that turns errors into exit statuses."""

from appliance.cli.main import main
from appliance.cli.parser import build_parser

__all__ = ["build_parser", "main"]
