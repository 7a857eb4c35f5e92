"""The form for one document of a hồ sơ, and what people change by it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Annotated, Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency  # noqa: TC002 - read at run time
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from appliance.catalogue import file_unit_details, register
from appliance.domain.errors import RuleError
from appliance.domain.findings import Finding
from appliance.domain.identifiers import nfc
from appliance.domain.records import Document, DocumentKind, PdfPer
from appliance.pipeline import documents
from appliance.pipeline.agents import LOCAL_AGENT
from appliance.web.document_view import DocumentForm, form_fields, form_of, new_form
from appliance.web.screen import Screens  # noqa: TC001 - read at run time, to fill it in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlmodel import Session

    from appliance.catalogue.engine import Writing
    from appliance.catalogue.tables import FileUnitRow

KindQuery = Annotated[DocumentKind, QueryParameter(name="loai")]

MAX_FORM_BYTES: Final = 64 * 1024
"""Our own: every field of the circular at its greatest length is 20 kB of UTF-8."""

_LOG: Final = logging.getLogger(__name__)
_SEE_OTHER: Final = 303
_UNPROCESSABLE: Final = 422
_MOST_DIGITS: Final = 6
"""Digits of the largest number that the name of a page carries."""
_NUMBERS: Final = {
    "ordinal": "Số thứ tự tài liệu",
    "first_page": "Trang đầu",
    "last_page": "Trang cuối",
}


@get("/ho-so/{safe_name:str}/tai-lieu/moi", sync_to_thread=True)
def new_document_page(
    request: Request[Any, Any, Any],
    screens: NamedDependency[Screens],
    safe_name: FromPath[str],
    *,
    kind: KindQuery = DocumentKind.TEXT,
) -> Response[str]:
    """The empty form for a document or a picture."""
    with screens.context.catalogue.read() as session:
        form = new_form(session, _unit(session, safe_name), kind)
    return screens.answer(request, "document.html", form=form)


@get("/ho-so/{safe_name:str}/tai-lieu/{ordinal:int}", sync_to_thread=True)
def document_page(
    request: Request[Any, Any, Any],
    screens: NamedDependency[Screens],
    safe_name: FromPath[str],
    ordinal: FromPath[int],
) -> Response[str]:
    """The form with what is registered of a document."""
    with screens.context.catalogue.read() as session:
        row = _unit(session, safe_name)
        listed = register.documents_of(session, row.id or 0)
    found = next((one for one in listed if one.ordinal == ordinal), None)
    if found is None:
        raise NotFoundException
    return screens.answer(request, "document.html", form=form_of(row, found))


@post("/ho-so/{safe_name:str}/tai-lieu", request_max_body_size=MAX_FORM_BYTES)
async def put_document(
    request: Request[Any, Any, Any], screens: NamedDependency[Screens], safe_name: FromPath[str]
) -> Response[Any]:
    """Add a document or change one; what is refused comes back with the reasons."""
    sent = await _texts_of(request)
    form = await asyncio.to_thread(_put, screens, safe_name, sent)
    if form is None:
        return Redirect(f"/ho-so/{safe_name}#tai-lieu", status_code=_SEE_OTHER)
    return await asyncio.to_thread(
        screens.answer, request, "document.html", status_code=_UNPROCESSABLE, form=form
    )


@post("/ho-so/{safe_name:str}/tai-lieu/xoa", request_max_body_size=MAX_FORM_BYTES)
async def remove_document(
    request: Request[Any, Any, Any], screens: NamedDependency[Screens], safe_name: FromPath[str]
) -> Response[Any]:
    """Take a document off the list."""
    sent = await _texts_of(request)

    def change(writing: Writing, unit: FileUnitRow) -> None:
        documents.remove_document(writing, unit, _seen(sent) or (0, ""), LOCAL_AGENT)

    return await asyncio.to_thread(_changed, request, screens, safe_name, change)


@post("/ho-so/{safe_name:str}/pdf", request_max_body_size=MAX_FORM_BYTES)
async def choose_pdf_per(
    request: Request[Any, Any, Any], screens: NamedDependency[Screens], safe_name: FromPath[str]
) -> Response[Any]:
    """Say what one PDF of the hồ sơ holds."""
    sent = await _texts_of(request)
    said = sent.get("pdf_per", "")
    pdf_per = PdfPer(said) if said in set(PdfPer) else None

    def change(writing: Writing, unit: FileUnitRow) -> None:
        documents.choose_pdf_per(writing, unit, pdf_per, LOCAL_AGENT)

    return await asyncio.to_thread(_changed, request, screens, safe_name, change)


def _changed(
    request: Request[Any, Any, Any],
    screens: Screens,
    safe_name: str,
    change: Callable[[Writing, FileUnitRow], None],
) -> Response[Any]:
    """Make a change and lead back to the list, or say in plain words why not."""
    try:
        with screens.context.catalogue.write() as writing:
            change(writing, _unit(writing.session, safe_name))
    except RuleError as problem:
        return screens.refused(request, safe_name, problem)
    return Redirect(f"/ho-so/{safe_name}#tai-lieu", status_code=_SEE_OTHER)


def _put(screens: Screens, safe_name: str, sent: Mapping[str, str]) -> DocumentForm | None:
    """Put the document that was sent; the form again, with the reasons, when it is refused."""
    kind = DocumentKind(sent["kind"]) if sent.get("kind") in set(DocumentKind) else None
    if kind is None:
        raise NotFoundException
    try:
        with screens.context.catalogue.write() as writing:
            row = _unit(writing.session, safe_name)
            document = _document(kind, sent, row.file_code)
            documents.put_document(writing, row, document, _seen(sent), LOCAL_AGENT)
    except RuleError as problem:
        _LOG.info("a document was refused: %s", problem)
        with screens.context.catalogue.read() as session:
            row = _unit(session, safe_name)
        return _form_again(row, kind, sent, problem.findings)
    return None


def _document(kind: DocumentKind, sent: Mapping[str, str], file_code: str) -> Document:
    """The document that a form describes.

    Raises:
        RuleError: A number is no number.
    """
    numbers = {name: sent.get(name, "") for name in _NUMBERS}
    wrong = tuple(
        Finding("FIELD-NOT-NUMBER", file_code, {"field": name, "label": label, "value": text})
        for (name, text), label in zip(numbers.items(), _NUMBERS.values(), strict=True)
        if not _is_number(text)
    )
    if wrong:
        raise RuleError("numbers of a document cannot be read", wrong)
    ordinal, first, last = (int(text) for text in numbers.values())
    names = [one.field.name for one in form_fields(kind, {})]
    fields = {name: sent[name] for name in names if sent.get(name)}
    return Document(ordinal, first, last, fields, kind)


def _form_again(
    row: FileUnitRow, kind: DocumentKind, sent: Mapping[str, str], findings: tuple[Finding, ...]
) -> DocumentForm:
    return DocumentForm(
        row,
        kind,
        sent.get("ordinal", ""),
        sent.get("first_page", ""),
        sent.get("last_page", ""),
        form_fields(kind, sent),
        (sent.get("seen_ordinal", ""), sent.get("seen_mark", "")),
        findings,
    )


def _seen(sent: Mapping[str, str]) -> tuple[int, str] | None:
    """Ordinal and mark of the document that the form showed; None for a new one."""
    ordinal = sent.get("seen_ordinal", "")
    return (int(ordinal), sent.get("seen_mark", "")) if _is_number(ordinal) else None


def _is_number(text: str) -> bool:
    """Whether it is a number of a page or a document; Python refuses to read much longer ones."""
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


async def _texts_of(request: Request[Any, Any, Any]) -> dict[str, str]:
    """The texts of a form, NFC and trimmed, each line with single spaces."""
    form = await request.form()
    try:
        return {
            name: nfc("\n".join(" ".join(line.split()) for line in value.splitlines()))
            for name, value in form.multi_items()
            if isinstance(value, str)
        }
    finally:
        await form.close()


def _unit(session: Session, safe_name: str) -> FileUnitRow:
    row = file_unit_details.file_unit_named(session, safe_name)
    if row is None:
        raise NotFoundException
    return row
