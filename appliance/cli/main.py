"""Arguments in, exit status out."""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Final

from appliance.cli.logs import log_to_stderr
from appliance.cli.output import say_error
from appliance.cli.parser import build_parser
from appliance.domain.errors import ApplianceError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

STATUS_INTERRUPTED: Final = 130
_LEVELS: Final = {"run": logging.INFO}
"""The service tells the journal what it does; other commands only what is wrong."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    parsed = build_parser().parse_args(arguments)
    log_to_stderr(logging.DEBUG if parsed.verbose else _LEVELS.get(parsed.command, logging.WARNING))
    try:
        return _handler(parsed.handler)(parsed)
    except ApplianceError as problem:
        say_error(problem, as_json=getattr(parsed, "json", False))
        return problem.exit_status
    except KeyboardInterrupt:
        return STATUS_INTERRUPTED
    except BrokenPipeError:
        return 1  # whoever read our output went away


def _handler(name: str) -> Callable[[argparse.Namespace], int]:
    """The function ``module:function`` of this package; only its module is loaded."""
    module, _, function = name.partition(":")
    handler: Callable[[argparse.Namespace], int] = getattr(
        import_module(f"appliance.cli.{module}"), function
    )
    return handler
