"""Which cover sheets a list needs: only an approved list has any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.catalogue import lists, register
from appliance.domain.errors import RuleError
from appliance.domain.findings import Finding
from appliance.reports.cover_sheets import CoverSheet

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlmodel import Session

    from appliance.domain.records import Approval


def sheets_of_list(
    session: Session, list_code: str, only: Collection[str] = ()
) -> tuple[CoverSheet, ...]:
    """A sheet for each hồ sơ of an approved list, in natural order of their codes.

    Args:
        session: A transaction.
        list_code: The list.
        only: Codes of the hồ sơ that are wanted; empty for all of them.

    Raises:
        RuleError: The list is unknown or not approved, or does not name a wanted hồ sơ.
    """
    approval = _approval(session, list_code)
    units = {
        unit.file_code: (unit, fonds) for unit, fonds in lists.units_of_list(session, list_code)
    }
    lacking = tuple(
        Finding("LIST-LACKS-FILE-UNIT", list_code, {"file_code": code})
        for code in only
        if code not in units
    )
    if lacking:
        raise RuleError("the list does not name every hồ sơ that was asked for", lacking)
    return tuple(
        CoverSheet(
            file_code=code,
            title=unit.title,
            fonds=f"{fonds.fonds_code} – {fonds.name}",
            expected_pages=unit.number_of_page,
            approval=approval,
        )
        for code, (unit, fonds) in units.items()
        if not only or code in only
    )


def _approval(session: Session, list_code: str) -> Approval:
    approval = lists.approval_of_list(session, list_code)
    if approval is None:
        is_known = register.list_state(session, list_code) is not None
        code = "LIST-NOT-APPROVED" if is_known else "LIST-UNKNOWN"
        raise RuleError("only an approved list has cover sheets", (Finding(code, list_code),))
    return approval
