"""From view values to HTML: templates, the language of a request, and the answer around them."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Response
from litestar.datastructures import Cookie
from litestar.enums import MediaType
from litestar.template.base import csrf_token

from appliance import __version__
from appliance.domain.clock import to_text
from appliance.domain.scanners import NO_PROFILES, ScannerProfiles
from appliance.domain.verdict import Level
from appliance.pipeline.rescan import WEB_SCANNER
from appliance.web import labels
from appliance.web.courier_jobs import CourierJobs
from appliance.web.language import LANGUAGE_CODES, Language, language_named
from appliance.web.security import LOOPBACK_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from litestar import Request

    from appliance.catalogue.engine import Catalogue
    from appliance.disk.store import Store
    from appliance.domain.clock import Clock
    from appliance.domain.errors import RuleError
    from appliance.domain.pace import Bandwidth
    from appliance.pipeline.couriers import Couriers
    from appliance.pipeline.rescan import RescanDrop
    from appliance.pipeline.signed_pdfs import SignedOutcome
    from appliance.web.courier_jobs import Job

STATIC_FOLDER: Final = Path(__file__).parent / "static"
LANGUAGE_COOKIE: Final = "lang"
SHARED_TOKEN: Final = "the-token-of-this-browser"  # noqa: S105 - stands for one, is none
"""Stands in a rendering that browsers share where the token of a form belongs."""

_LOG: Final = logging.getLogger(__name__)
_CONFLICT: Final = 409
_COOKIE_SECONDS: Final = 365 * 24 * 3600
_PREFIX_CHARACTERS: Final = 12


@dataclass(frozen=True, slots=True)
class WebContext:
    """What the screens need; plain values, no settings.

    Args:
        catalogue: Read, and written to where a person asks for something.
        store: Where the thumbnails lie.
        clock: What ages are measured against.
        box_label: How people call this box.
        host_names: The host names that people may type for it.
        may_change: Whether the page listens on this machine alone: only then it takes forms.
        rescans: Takes pages that were scanned again; None where none are taken.
        scanner_labels: How people call the scanners, by their folders' names.
        profiles: How the scanners name and number their files.
        bandwidths: How fast each destination may be sent to, by its name.
        accept_restored: Accepts the restored store of a destination, by its name and on behalf of
            an agent; how many packages are owed again. None where nothing is sent.
        work_folder: Takes what is sent while it arrives; None leaves it to the system.
        take_signed: Verifies a PDF that came back signed and takes it in; None where none is.
        couriers: Carries disks to destinations; None where none can be carried.
    """

    catalogue: Catalogue
    store: Store
    clock: Clock
    box_label: str
    host_names: tuple[str, ...] = field(default=LOOPBACK_NAMES)
    may_change: bool = False
    rescans: RescanDrop | None = None
    scanner_labels: Mapping[str, str] = field(default_factory=dict)
    profiles: ScannerProfiles = NO_PROFILES
    work_folder: Path | None = None
    bandwidths: Mapping[str, Bandwidth] = field(default_factory=dict)
    accept_restored: Callable[[str, str], int] | None = None
    take_signed: Callable[[Path], SignedOutcome] | None = None
    couriers: Couriers | None = None


def static_prefix() -> str:
    """The path of the static parts: it changes with their bytes, so they are cached for good."""
    digest = hashlib.sha256()
    for path in sorted(STATIC_FOLDER.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(STATIC_FOLDER).as_posix().encode())
            digest.update(path.read_bytes())
    return f"/static/{digest.hexdigest()[:_PREFIX_CHARACTERS]}"


def make_environment(box_label: str) -> Environment:
    """The templates, with everything that all of them use."""
    environment = Environment(
        loader=PackageLoader("appliance.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        box_label=box_label,
        version=__version__,
        static=static_prefix(),
        labels=labels,
        Level=Level,
    )
    return environment


def language_of(request: Request[Any, Any, Any]) -> Language:
    """The language that a request asks for: by ``?lang=``, else by its cookie, else Vietnamese."""
    asked = request.query_params.get(LANGUAGE_COOKIE)
    return language_named(asked or request.cookies.get(LANGUAGE_COOKIE))


class Screens:
    """Renders screens of one box.

    No dataclass: Litestar would look into one, and hand it on as a copy.

    Args:
        context: What they show.
    """

    def __init__(self, context: WebContext) -> None:
        self.context = context
        self.courier_jobs = CourierJobs(context.couriers) if context.couriers else None
        self._environment = make_environment(context.box_label)

    def now(self) -> str:
        """The present moment, as ``clock.to_text``."""
        return to_text(self.context.clock.now())

    def disk_work(self) -> Job | None:
        """The newest work on a carried disk; None before the first."""
        return None if self.courier_jobs is None else self.courier_jobs.job

    def render(self, template: str, language: Language, **values: object) -> str:
        """The text of a template in a language."""
        found = self._environment.get_template(template)
        return found.render(lang=language, _=language.say, **values)

    def part(self, template: str, language: Language, **values: object) -> str:
        """A part of a page that renews itself, the same for every browser of a language.

        Forms in it hold ``SHARED_TOKEN`` in the place of the browser's own.
        """
        return self.render(
            template, language, **self._surroundings(SHARED_TOKEN, language), **values
        )

    def _surroundings(self, form_token: str, language: Language) -> dict[str, object]:
        own = {WEB_SCANNER: language.say("ảnh gửi từ trang này")}
        return {
            "now": self.now(),
            "may_change": self.context.may_change,
            "form_token": form_token,
            "scanner_labels": {**own, **self.context.scanner_labels},
        }

    def _of(self, request: Request[Any, Any, Any]) -> dict[str, object]:
        """What every template may need of a request."""
        token, language = csrf_token({"request": request}), language_of(request)
        return {"switch": _switch(request), **self._surroundings(token, language)}

    def answer(
        self,
        request: Request[Any, Any, Any],
        template: str,
        *,
        status_code: int = 200,
        **values: object,
    ) -> Response[str]:
        """A whole page, never cached; a language asked for is remembered."""
        language = language_of(request)
        text = self.render(template, language, **self._of(request), **values)
        response = Response(
            text,
            media_type=MediaType.HTML,
            status_code=status_code,
            headers={"cache-control": "no-store"},
        )
        if request.query_params.get(LANGUAGE_COOKIE) in LANGUAGE_CODES:
            response.set_cookie(_cookie(language))
        return response

    def refused(
        self, request: Request[Any, Any, Any], safe_name: str, problem: RuleError
    ) -> Response[str]:
        """Why a change of one hồ sơ was refused, in plain words, with the way back to it."""
        _LOG.info("a change of %s was refused: %s", safe_name, problem)
        return self.answer(
            request,
            "document_refused.html",
            status_code=_CONFLICT,
            findings=problem.findings,
            safe_name=safe_name,
        )


def _cookie(language: Language) -> Cookie:
    return Cookie(
        key=LANGUAGE_COOKIE,
        value=language.code,
        max_age=_COOKIE_SECONDS,
        path="/",
        httponly=True,
        samesite="lax",
    )


def _switch(request: Request[Any, Any, Any]) -> dict[str, str]:
    """The address of this same page in each language."""
    return {code: address_with(request, **{LANGUAGE_COOKIE: code}) for code in LANGUAGE_CODES}


def address_with(request: Request[Any, Any, Any], **changes: object) -> str:
    """The address of this same page, relative to itself, with query values set anew.

    Args:
        request: Whose page it is.
        changes: Values by name, a hyphen of the name written as an underscore.
    """
    new = {name.replace("_", "-"): str(value) for name, value in changes.items()}
    kept = [(k, v) for k, v in request.query_params.multi_items() if k not in new]
    return "?" + urlencode([*kept, *new.items()])


def next_address(request: Request[Any, Any, Any], name: str, key: object) -> str | None:
    """The address of the next screen of a list; None at the end."""
    return None if key is None else address_with(request, **{name: key})
